from fastapi import FastAPI

from billing import invoices

app = FastAPI(title="Billing", docs_url="/")
app.include_router(invoices.router, prefix="/invoices")
