import os

from fastapi import FastAPI

app = FastAPI(
	title="Windows",
)


@app.get("/home", tags=["home"])
def home():
	if os.name == "nt":
		return {"system": "windows"}
	return {"system": "other"}