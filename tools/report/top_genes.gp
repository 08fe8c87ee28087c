
# Bars of the largest loadings of each program: panels, panel_name[], across, genes, gene[], loading[] (genes of each),
# axis_end[].
down = (panels + across - 1) / across
pw = (W - L - R) / across
ph = (H - T - B) / down
set multiplot
set border 1
set yrange [genes - 0.5:-0.5]
set xtics font ''.sized(8) offset 0, 0.4
set boxwidth 0.75
do for [p = 1:panels] {
    c = (p - 1) % across
    r = (p - 1) / across
    set lmargin at screen (L + c * pw + 92) / W
    set rmargin at screen (L + (c + 1) * pw - 12) / W
    set tmargin at screen 1 - (T + r * ph + 20) / H
    set bmargin at screen 1 - (T + (r + 1) * ph - 28) / H
    first = (p - 1) * genes
    most = axis_end[p]
    set xrange [0:most]
    set xtics autofreq 0, most / 2.
    set format x '%.2g'
    set ytics () scale 0 font ''.sized(9)
    do for [g = 1:genes] { set ytics add (''.gene[first + g] g - 1) }
    set label 1 ''.panel_name[p] at screen (L + c * pw + 92) / W, screen 1 - (T + r * ph + 10) / H left font ''.sized(10)
    plot sample [g = 1:genes:1] '+' using (loading[first + int(g)] / 2.):(g - 1):(loading[first + int(g)] / 2.):(0.37) \
        with boxxyerror fs solid 1 noborder lc rgb '#0072B2'
}
unset multiplot
