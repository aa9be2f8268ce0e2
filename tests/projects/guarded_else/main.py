"""A letter box whose routes are included when it is imported, and not when it is run."""

import uvicorn
from fastapi import APIRouter, FastAPI

router = APIRouter(tags=["letters"])
app = FastAPI(title="Letters")


@router.get("/letters")
def list_letters() -> list[str]:
    return ["to whom it may concern"]


if __name__ == "__main__":
    uvicorn.run("main:app", reload=True)
else:
    app.include_router(router)
