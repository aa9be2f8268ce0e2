from fastapi import FastAPI

from app.control import DependAuth, Reader

app = FastAPI()


@app.get("/loans")
async def loans(reader: Reader = DependAuth) -> dict[str, int]:
    return {"of": reader.id}
