# SPDX-License-Identifier: BSD-2-Clause
"""Users of an account.

Every request may carry ``DelegateAccount``: a cloud administrator names the account, by name or
number, in which it is to be done.
"""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.refusals import (
    ACCESS_DENIED,
    DELETE_CONFLICT,
    ENTITY_EXISTS,
    INVALID_VALUE,
    NO_SUCH_ENTITY,
)


@message("UserType")
class User:
    """One user."""

    path: str = part(name="Path")
    user_name: str = part(name="UserName")
    user_id: str = part(name="UserId")
    arn: str = part(name="Arn")
    create_date: datetime = part(name="CreateDate")


@message("CreateUserType")
class CreateUser:
    """Ask for a new user, who may nothing at first."""

    user_name: str = part(name="UserName")
    path: str = part(default="/", name="Path")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("CreateUserResponseType")
class CreateUserResponse:
    """The new user."""

    user: User = part(name="User")


@message("ListUsersType")
class ListUsers:
    """Ask for the users whose path begins with ``path_prefix``."""

    path_prefix: str = part(default="/", name="PathPrefix")
    marker: str | None = part(default=None, name="Marker")
    max_items: int | None = part(default=None, name="MaxItems")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("ListUsersResponseType")
class ListUsersResponse:
    """Users in the order of their names."""

    users: tuple[User, ...] = items(
        "UserListType", default=(), name="Users", item="member", required=True
    )
    is_truncated: bool = part(default=False, name="IsTruncated", required=True)
    marker: str | None = part(default=None, name="Marker")


@message("GetUserType")
class GetUser:
    """Ask for one user; without a name, for the caller."""

    user_name: str | None = part(default=None, name="UserName")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("GetUserResponseType")
class GetUserResponse:
    """The user."""

    user: User = part(name="User")


@message("DeleteUserType")
class DeleteUser:
    """Ask to delete a user; ``is_recursive`` takes the user's credentials along."""

    user_name: str = part(name="UserName")
    is_recursive: bool = part(default=False, name="IsRecursive")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("DeleteUserResponseType")
class DeleteUserResponse:
    """The user is gone."""


CREATE_USER = Operation(
    name="CreateUser",
    asks=CreateUser,
    answers=CreateUserResponse,
    refuses=(ENTITY_EXISTS, INVALID_VALUE, NO_SUCH_ENTITY, ACCESS_DENIED),
    allows="iam:CreateUser",
    mutates=True,
    soap=False,
)

LIST_USERS = Operation(
    name="ListUsers",
    asks=ListUsers,
    answers=ListUsersResponse,
    refuses=(INVALID_VALUE, NO_SUCH_ENTITY, ACCESS_DENIED),
    allows="iam:ListUsers",
    soap=False,
)

GET_USER = Operation(
    name="GetUser",
    asks=GetUser,
    answers=GetUserResponse,
    refuses=(NO_SUCH_ENTITY, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:GetUser",
    soap=False,
)

DELETE_USER = Operation(
    name="DeleteUser",
    asks=DeleteUser,
    answers=DeleteUserResponse,
    refuses=(NO_SUCH_ENTITY, DELETE_CONFLICT, ACCESS_DENIED),
    allows="iam:DeleteUser",
    mutates=True,
    soap=False,
)

OPERATIONS = (CREATE_USER, LIST_USERS, GET_USER, DELETE_USER)
