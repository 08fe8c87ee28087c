
# Columns of a table against its first: $lines; panels, panel_name[], across, chosen (0: none), x_label, size (of points).
down = (panels + across - 1) / across
pw = (W - L - R) / across
ph = (H - T - B) / down
set multiplot
set border 3
set tics font ''.sized(9)
set label 9001 x_label at screen 0.5, screen 10. / H center font ''.sized(10)
do for [p = 1:panels] {
    c = (p - 1) % across
    r = (p - 1) / across
    set lmargin at screen (L + c * pw + 58) / W
    set rmargin at screen (L + (c + 1) * pw - 12) / W
    set tmargin at screen 1 - (T + r * ph + 22) / H
    set bmargin at screen 1 - (T + (r + 1) * ph - 24) / H
    set label 1 ''.panel_name[p] at screen (L + c * pw + 58) / W, screen 1 - (T + r * ph + 10) / H left font ''.sized(10)
    if (chosen) { set arrow 1 from chosen, graph 0 to chosen, graph 1 nohead back dt 2 lc rgb '#D55E00' }
    set autoscale fix
    set offsets graph 0.04, graph 0.04, graph 0.08, graph 0.08
    set format y '%.5g'
    set ytics autofreq font ''.sized(9)
    plot $lines using 1:(column(p + 1)) with linespoints pt 7 ps size lw 1.4 lc rgb '#0072B2'
    unset label 9001
}
unset multiplot
