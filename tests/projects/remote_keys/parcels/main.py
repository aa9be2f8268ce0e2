from fastapi import Depends, FastAPI

from .auth import CurrentUser, get_current_user

app = FastAPI(title="Parcels")


@app.get("/parcels")
def parcels(user: CurrentUser = Depends(get_current_user)) -> dict[str, str]:
    return {"of": user.id}
