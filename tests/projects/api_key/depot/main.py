from fastapi import APIRouter, Depends, FastAPI

from depot.security import verify_api_key

app = FastAPI(title="Depot")
parcels = APIRouter(prefix="/parcels", dependencies=[Depends(verify_api_key)])


@parcels.get("")
def list_parcels() -> list[str]:
    return ["books", "lamps"]


app.include_router(parcels)
