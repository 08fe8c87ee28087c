# Calls into the library: its notes become messages, its errors conditions with the text that the program prints.

# What the C side gives back: list(status, message, notes, value).
checked <- function(answer, verbose) {
  level <- substr(answer$notes, 1, 1)
  text <- substring(answer$notes, 2)
  for (i in seq_along(text)) {
    if (level[i] == "0")
      warning(text[i], call. = FALSE)
    else if (level[i] == "1" && verbose)
      message(text[i])
  }
  if (answer$status == "interrupted")
    interrupt()
  if (answer$status != "ok")
    stop(unmix_error(answer$message, answer$status))
  answer$value
}

# As if the user had interrupted R code: tryCatch(interrupt = ) sees it, otherwise the call ends.
interrupt <- function() {
  signalCondition(structure(class = c("interrupt", "condition"), list(message = "interrupted", call = NULL)))
  invokeRestart("abort")
}

# kind: argument, input, device, memory, internal
unmix_error <- function(message, kind = "argument") {
  structure(class = c(paste0("unmix_", kind, "_error"), "unmix_error", "error", "condition"),
            list(message = message, call = NULL))
}

refuse <- function(...) stop(unmix_error(paste0(...)))

# A word that must be one of these.
known <- function(name, value, words) {
  if (!value[1] %in% words)
    refuse(name, " '", value[1], "' is not one of ", paste(words, collapse = ", "))
  value[1]
}

# The number by which the library knows a word.
choice <- function(name, value, words) match(known(name, value, words), words) - 1

unmix_devices <- function() {
  columns <- checked(.Call(C_devices), FALSE)
  as.data.frame(columns, stringsAsFactors = FALSE)
}
