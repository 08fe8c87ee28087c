# The library stands beside the package's own object, which looks for it there.
to <- file.path(R_PACKAGE_DIR, paste0("libs", R_ARCH))
dir.create(to, recursive = TRUE, showWarnings = FALSE)
file.copy(Sys.glob(c("unmix.so", "libunmix.so.0")), to, overwrite = TRUE)
