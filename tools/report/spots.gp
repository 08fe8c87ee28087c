
# Cells at their places, a field for each program: $spots has a part for each with x, y and value, or (grid = 1) a matrix
# of means. panels, panel_name[], across, low_x, high_x, low_y, high_y, top[] (end of each scale), symmetric, spot.
down = (panels + across - 1) / across
pw = (W - L - R) / across
ph = (H - T - B) / down
set multiplot
set border 15 lc rgb '#BBBBBB'
unset tics
set cbtics scale 0.3 font ''.sized(8) textcolor rgb '#222222'
set format cb '%.3g'
set xrange [low_x:high_x]
set yrange [low_y:high_y]
do for [p = 1:panels] {
    c = (p - 1) % across
    r = (p - 1) / across
    set lmargin at screen (L + c * pw + 4) / W
    set rmargin at screen (L + (c + 1) * pw - 62) / W
    set tmargin at screen 1 - (T + r * ph + 20) / H
    set bmargin at screen 1 - (T + (r + 1) * ph - 10) / H
    most = top[p]
    least = symmetric ? -most : 0
    step = symmetric ? most : most / 2.
    set cbrange [least:most]
    set cbtics autofreq least, step textcolor rgb '#222222'
    set colorbox user origin screen (L + (c + 1) * pw - 56) / W, screen 1 - (T + (r + 1) * ph - 10) / H \
        size screen 8. / W, screen (ph - 30) / H
    set label 1 ''.panel_name[p] at screen (L + c * pw + 4) / W, screen 1 - (T + r * ph + 10) / H left font ''.sized(10)
    if (grid) {
        step_x = (high_x - low_x) * 1.0 / bins
        step_y = (high_y - low_y) * 1.0 / bins
        plot $spots index p - 1 using (low_x + ($1 + 0.5) * step_x):(low_y + ($2 + 0.5) * step_y):3 matrix with image
    } else {
        plot $spots index p - 1 using 1:2:3 with points pt 7 ps spot palette
    }
}
unset multiplot
