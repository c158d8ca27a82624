//! One example of every state and message, for the generated table.
