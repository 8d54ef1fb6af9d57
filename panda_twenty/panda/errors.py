"""Everything that can go wrong on the source side, as one tree.

::

    SourceError
    ├── CannotConnectError            no session with the practice's database
    │   ├── ConnectionStringError     the connection string itself is wrong
    │   ├── DriverMissingError        pyodbc, the driver manager or the ODBC driver is not installed
    │   ├── ServerUnreachableError    nobody answers at that address
    │   ├── CertificateError          the server's certificate is not trusted, or TLS could not be agreed on
    │   ├── LoginRefusedError         wrong user name or password, or the login is disabled, locked, expired
    │   ├── UnknownDatabaseError      no such database, or no such file
    │   ├── DatabaseOfflineError      the database is there, but offline, restoring or in single-user mode
    │   ├── TooManyConnectionsError   the server takes no more sessions
    │   └── NotEncryptedError         the session turned out to be plaintext
    ├── LostConnectionError           the session broke in the middle of a read
    ├── BusyConnectionError           two reads at once on one connection
    ├── QueryTimeoutError             a read took longer than allowed
    │   └── LockTimeoutError          it waited too long for a lock, or gave way in a deadlock
    ├── PermissionRefusedError        the login may not read a table
    ├── MissingTableError             the database lacks a table that the profile names
    ├── MissingColumnError            a table lacks a column that the profile names
    ├── QueryError                    the database refused a statement for another reason
    ├── ProfileError                  the source profile cannot be read or contradicts itself
    └── StagingError                  the folder for staged files cannot be used

A message is one or two sentences that say what to do. It names tables, columns and error numbers, never a
value of a row, a password or the rest of a connection string: drivers quote those freely, so their own texts
are translated and dropped (raised outside the ``except`` block: not even ``__context__`` keeps them).
"""

from __future__ import annotations


class SourceError(Exception):
    """The source side cannot do what was asked; the message says what to do about it."""


class CannotConnectError(SourceError):
    """No session with the practice's database could be opened."""


class ConnectionStringError(CannotConnectError):
    """The connection string has a keyword or a value that its driver does not know."""


class DriverMissingError(CannotConnectError):
    """A piece of software between Python and the database is not installed."""


class ServerUnreachableError(CannotConnectError):
    """Nobody answers at the server's address."""


class CertificateError(CannotConnectError):
    """The server's certificate is not trusted, or both ends could not agree on encryption."""


class LoginRefusedError(CannotConnectError):
    """The server answered and refused the user name or password, or the login itself."""


class UnknownDatabaseError(CannotConnectError):
    """The server has no database of that name that the login may open, or the file does not exist."""


class DatabaseOfflineError(CannotConnectError):
    """The database exists, but is offline, restoring, recovering or reserved for somebody else."""


class TooManyConnectionsError(CannotConnectError):
    """The server takes no more sessions at the moment."""


class NotEncryptedError(CannotConnectError):
    """The session is plaintext although patient data must not travel so."""


class LostConnectionError(SourceError):
    """The session broke in the middle of a read; reading the same range again is safe."""


class BusyConnectionError(SourceError):
    """A second read was begun on a connection whose first read is not finished."""


class QueryTimeoutError(SourceError):
    """A read took longer than its timeout."""


class LockTimeoutError(QueryTimeoutError):
    """A read gave way to somebody else's lock; the same read may succeed a moment later."""


class PermissionRefusedError(SourceError):
    """The login lacks the right to read a table."""


class MissingTableError(SourceError):
    """The database lacks a table."""


class MissingColumnError(SourceError):
    """A table lacks a column."""


class QueryError(SourceError):
    """The database refused a statement."""


class ProfileError(SourceError):
    """A source profile cannot be read or contradicts itself; one sentence per finding."""


class StagingError(SourceError):
    """Staged files cannot be written or read."""
