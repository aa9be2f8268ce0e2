from setuptools import find_packages, setup

REQUIRES = [
    "fastapi>=0.115",  # the web
    "uvicorn>=0.34"
]

setup(
    name="parcels",
    version="1.0",
    packages=find_packages(),
    python_requires=">=3.10",
    install_requires=REQUIRES,
)
