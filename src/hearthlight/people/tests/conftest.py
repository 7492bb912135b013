import pytest


@pytest.fixture
def signed(client):
    """`signed(staff)` is a browser signed in as that member of staff."""

    def sign_in(staff):
        client.force_login(staff.user)
        return client

    return sign_in
