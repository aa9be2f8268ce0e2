from pydantic import BaseSettings


class Settings(BaseSettings):
    secret_key: str
    algorithm: str = "HS256"

    class Config:
        env_file = ".env"


settings = Settings()
