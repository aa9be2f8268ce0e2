from fastapi import APIRouter

router = APIRouter(prefix="/parcels")


@router.get("/{number}")
def track(number: str):
    return {"number": number, "state": "on its way"}
