"""The login in front of a dashboard that asks for tokens: page, sessions, and the gate that knows both."""

from tierscope.dashboard.login.gate import LoginGate
from tierscope.dashboard.login.sessions import SESSION_COOKIE, Sessions

__all__ = ["SESSION_COOKIE", "LoginGate", "Sessions"]
