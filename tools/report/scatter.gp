
# One field: $points with x, y and colour number; or counts in squares ($counts, a matrix of bins x bins; dense = 1).
# parts, part_name[], low, high, x_label, y_label, note.
set lmargin at screen L / W
set rmargin at screen 1 - R / W
set tmargin at screen 1 - T / H
set bmargin at screen B / H
set xrange [low:high]
set yrange [low:high]
set label 9001 x_label at screen (L + W - R) / 2. / W, screen 9. / H center font ''.sized(10)
set label 9002 y_label at screen 9. / W, screen (B + H - T) / 2. / H center rotate by 90 font ''.sized(10)
set grid lc rgb '#DDDDDD' lw 0.6
set arrow 1 from low, low to high, high nohead back dt 2 lc rgb '#888888'
set label 1 note at screen L / W, screen 1 - 10. / H left font ''.sized(10)
if (dense) {
    step = (high - low) * 1.0 / bins
    set label 9003 'values (log10)' at screen 1 - 9. / W, screen (B + 75.) / H center rotate by 90 font ''.sized(10)
    set colorbox user origin screen 1 - (R - 14) / W, screen B / H size screen 10. / W, screen 150. / H
    set cbtics scale 0.3 font ''.sized(9)
    plot $counts using (low + ($1 + 0.5) * step):(low + ($2 + 0.5) * step):3 matrix with image
} else {
    do for [p = 1:parts] {
        y = 1 - (T + 8. + 16 * (p - 1)) / H
        set label 100 + p at screen 1 - (R - 16.) / W, screen y point pt 7 ps 0.8 lc rgb colour[p]
        set label 200 + p ''.part_name[p] at screen 1 - (R - 27.) / W, screen y left font ''.sized(10)
    }
    plot for [p = parts:1:-1] $points using 1:($3 == p ? $2 : NaN) with points pt 7 ps 0.5 lc rgb colour[p]
}
