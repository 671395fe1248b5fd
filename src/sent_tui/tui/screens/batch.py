from textual.screen import Screen
class BatchScreen(Screen):
    def __init__(self, session, lines, region, tags): super().__init__()
