"""A Django site in one file: python manage.py runserver."""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path

settings.configure(DEBUG=True, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x")


def python_work():
    total = 0
    for i in range(20000):
        total += i * i % 7
    return total


urlpatterns = [
    path("python", lambda request: HttpResponse(str(python_work()))),
    path("pid", lambda request: HttpResponse(str(os.getpid()))),
]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
