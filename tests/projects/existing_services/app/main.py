from fastapi import FastAPI

from .services.mail import send

app = FastAPI()


@app.post("/invite", tags=["invites"], status_code=202)
def invite(address: str) -> None:
    send(address)
