
# Values in squares: $counts (matrix, log10 of how many), from x_low, y_low in steps of x_step, y_step.
# x_label, y_label, note, diagonal; tics are set above.
set lmargin at screen L / W
set rmargin at screen 1 - R / W
set tmargin at screen 1 - T / H
set bmargin at screen B / H
set xrange [x_low:x_low + x_bins * x_step]
set yrange [y_low:y_low + y_bins * y_step]
set label 9001 x_label at screen (L + W - R) / 2. / W, screen 9. / H center font ''.sized(10)
set label 9002 y_label at screen 9. / W, screen (B + H - T) / 2. / H center rotate by 90 font ''.sized(10)
set label 1 note at screen L / W, screen 1 - 10. / H left font ''.sized(10)
if (diagonal) {
    end = x_low + x_bins * x_step
    set arrow 1 from x_low, x_low to end, end nohead front dt 2 lc rgb '#D55E00'
} else {
    set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead front dt 2 lc rgb '#D55E00'
}
set label 9003 'genes x samples (log10)' at screen 1 - 9. / W, screen (B + 75.) / H center rotate by 90 font ''.sized(10)
set colorbox user origin screen 1 - (R - 14) / W, screen B / H size screen 10. / W, screen 150. / H
set cbtics scale 0.3 font ''.sized(9)
plot $counts using (x_low + ($1 + 0.5) * x_step):(y_low + ($2 + 0.5) * y_step):3 matrix with image
