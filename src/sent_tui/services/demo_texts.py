"""What the support desk of the demo writes, and what people ask it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from sent_tui.core.message import Content, Template, fill
from sent_tui.services.demo_people import pick

_ENGLISH = (
    "Thanks for your patience. The replacement left our warehouse this morning.",
    "Hi! I have found your ticket. Could you send me a photo of the label?",
    "Your refund is on its way. Banks take two to three days.",
    "We fixed the sync problem in the last update. Could you try once more?",
    "The technician can come on Thursday between 9 and 11. Does that suit you?",
    "I have moved your delivery to Friday, same address.",
    "Your new plan is active. Nothing else changes on your side.",
    "Sorry about the double charge. The second one is cancelled.",
    "Good news: the part is back in stock. Shall I reserve one for you?",
    "I have sent the invoice again, this time to accounts. Anything else?",
    "The courier could not find the entrance. Which door should they use?",
    "Your account is unlocked. Please choose a new password when you log in.",
    "We close at 18:00 today. I will write first thing tomorrow.",
    "Could you tell me the serial number? It is on the back, below the bar code.",
)
_IN_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "FR": (
        "Bonjour, votre colis est arrivé au point relais. Il y reste dix jours.",
        "Merci pour votre message. Le remboursement part aujourd’hui.",
        "Le technicien passera jeudi entre 9 h et 11 h. Cela vous convient ?",
        "Votre facture est corrigée, je vous l’envoie par e-mail.",
    ),
    "DE": (
        "Guten Tag, Ihr Paket liegt ab morgen in der Filiale für Sie bereit.",
        "Vielen Dank für die Rückmeldung. Die Gutschrift ist unterwegs.",
        "Der Techniker kommt am Donnerstag zwischen 9 und 11 Uhr. Passt das?",
        "Wir haben die Rechnung berichtigt und schicken sie heute noch einmal.",
    ),
    "SE": (
        "Hej! Ditt paket finns att hämta från och med i morgon.",
        "Tack för ditt svar. Pengarna är på väg tillbaka.",
        "Teknikern kommer på torsdag mellan 9 och 11. Passar det?",
        "Vi har rättat fakturan och skickar den igen i dag.",
    ),
    "PR": (
        "Hola, su pedido sale mañana. Le escribo cuando llegue.",
        "Gracias por avisar. El reembolso ya está en camino.",
        "El técnico puede pasar el jueves de 9 a 11. ¿Le viene bien?",
    ),
}
_IN_LANGUAGES = {**_IN_LANGUAGES, "DO": _IN_LANGUAGES["PR"]}
_STATES = ("packed", "on its way", "out for delivery", "ready to be picked up")


_QUESTIONS = (
    "Hi, where is my order? It was due on Monday.",
    "The second box is missing. Can you help?",
    "I was charged twice for the same invoice.",
    "Can I move my appointment to next week?",
    "The app logs me out all the time.",
    "Do you have the lamp in green again?",
    "I have not received the code.",
    "Could you send the invoice again, please?",
    "Is somebody there today?",
    "The part does not fit. How do I return it?",
)
_QUESTIONS_IN: Mapping[str, tuple[str, ...]] = {
    "FR": ("Bonjour, où est mon colis ?", "Je n’ai pas reçu la facture.", "Puis-je déplacer le rendez-vous ?"),
    "DE": ("Guten Tag, wo bleibt mein Paket?", "Die Rechnung stimmt nicht.", "Kann ich den Termin verschieben?"),
    "SE": ("Hej, var är mitt paket?", "Jag har inte fått fakturan.", "Kan jag byta tid?"),
    "PR": ("Hola, ¿dónde está mi pedido?", "No me llegó la factura.", "¿Puedo cambiar la cita?"),
    "DO": ("Hola, ¿dónde está mi pedido?", "No me llegó la factura.", "¿Puedo cambiar la cita?"),
}


def question(region: str, dice: Random) -> str:
    """Return a text as somebody in a region might write it to the desk."""
    return pick(dice, _QUESTIONS_IN.get(region, _QUESTIONS) if dice.random() < 0.8 else _QUESTIONS)


def free_text(region: str, dice: Random) -> Content:
    """Return a text as somebody at the desk might write it to a region."""
    return Content(pick(dice, _IN_LANGUAGES.get(region, _ENGLISH) if dice.random() < 0.8 else _ENGLISH))


def from_template(template: Template, name: str, at: datetime, dice: Random) -> Content:
    """Return a template filled in for a person, with dates around the time of sending."""
    day = at + timedelta(days=1 + int(dice.random() * 6))
    values = {
        "name": name.partition(" ")[0] or "there",
        "order": f"LS-{20_000 + int(dice.random() * 9_000)}",
        "state": pick(dice, _STATES),
        "date": f"{day.day} {day:%B}",
        "time": f"{8 + int(dice.random() * 9)}:{pick(dice, ('00', '15', '30', '45'))}",
        "code": f"{int(dice.random() * 1_000_000):06}",
        "invoice": f"R-{7_000 + int(dice.random() * 2_000)}",
        "amount": f"${10 + int(dice.random() * 400)}.00",
    }
    return fill(template, {variable: values[variable] for variable in template.variables})
