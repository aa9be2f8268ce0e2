from typing import Annotated

from fastapi import Depends, FastAPI

from api.settings import Limits, Strict, get_settings

app = FastAPI()
limits = Limits()


@app.get("/greet", tags=["greetings"])
def greet(settings: Annotated[Strict, Depends(get_settings)]) -> dict[str, str | int]:
    return {"greeting": settings.greeting, "limit": limits.daily_limit}
