
# A field for each name in a grid of `across` fields: points ($p1, $p2, ... with x and y; bars = 1: and low, high),
# or where these would be too many a count of them in squares ($p1, ... matrices of bins x bins; dense = 1).
# panels, panel_name[], across, low_x, high_x, low_y, high_y (own[] > 0: the upper end of y in that field),
# x_label, y_label, diagonal, note[] (below the name).
down = (panels + across - 1) / across
pw = (W - L - R) / across
ph = (H - T - B) / down
set multiplot
set border 3
set tics font ''.sized(8)
set xtics font ''.sized(8) offset 0, 0.3
set ytics font ''.sized(8) offset 0.5, 0
unset colorbox
set label 9001 x_label at screen 0.5, screen 8. / H center font ''.sized(10)
set label 9002 y_label at screen 10. / W, screen 0.5 center rotate by 90 font ''.sized(10)
do for [p = 1:panels] {
    c = (p - 1) % across
    r = (p - 1) / across
    set lmargin at screen (L + c * pw + inner) / W
    set rmargin at screen (L + (c + 1) * pw - 8) / W
    set tmargin at screen 1 - (T + r * ph + 28) / H
    set bmargin at screen 1 - (T + (r + 1) * ph - 20) / H
    set xrange [low_x:high_x]
    top = own[p] > 0 ? own[p] : high_y
    set yrange [low_y:top]
    set ytics autofreq low_y, (top - low_y) / 2.
    set format y '%.2g'
    if (diagonal) { set xtics autofreq low_x, (high_x - low_x) / 2.; set format x '%.2g' } else { set format x '' ; unset xtics }
    set label 1 ''.panel_name[p] at screen (L + c * pw + inner) / W, screen 1 - (T + r * ph + 8) / H left font ''.sized(9)
    set label 2 ''.note[p] at screen (L + c * pw + inner) / W, screen 1 - (T + r * ph + 20) / H left font ''.sized(8) \
        tc rgb '#555555'
    if (diagonal) { set arrow 1 from low_x, low_x to high_x, high_x nohead back dt 2 lc rgb '#888888' }
    if (dense) {
        step_x = (high_x - low_x) * 1.0 / bins
        step_y = (top - low_y) * 1.0 / bins
        plot $points index p - 1 using (low_x + ($1 + 0.5) * step_x):(low_y + ($2 + 0.5) * step_y):3 matrix with image
    } else {
        if (bars) {
            plot $points index p - 1 using 1:3:(0):($4 - $3) with vectors nohead lw 1 lc rgb '#56B4E9', \
                 $points index p - 1 using 1:2 with points pt 7 ps 0.3 lc rgb '#00436B'
        } else {
            plot $points index p - 1 using 1:2 with points pt 7 ps 0.4 lc rgb '#0072B2'
        }
    }
    unset label 9001
    unset label 9002
}
unset multiplot
