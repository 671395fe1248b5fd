"""The HTTP API: Sent's v3 calls on the contacts and messages of a database.

Starlette and uvicorn are the extra `api`; `server` and `application` alone import them.
"""
