from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException


def current_version(x_api_version: Annotated[str, Header()]) -> None:
    if x_api_version != "2":
        raise HTTPException(400, "Send the header X-API-Version: 2")


app = FastAPI(dependencies=[Depends(current_version)])


@app.get("/rates", tags=["rates"])
def rates() -> dict[str, float]:
    return {"EUR": 1.0}
