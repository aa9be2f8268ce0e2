"""Orders, in a namespace package: neither `acme` nor `acme/orders` has an `__init__.py`."""

from fastapi import FastAPI

from acme.orders.routes import router

app = FastAPI(title="Orders")
app.include_router(router)
