
# $values (count x count, every per-th of the items), tree = 1: $tree. runs: from item
# run_begin[] up to run_end[] all are in run_cluster[].
set multiplot
set lmargin at screen L / W
set rmargin at screen 1 - R / W
unset xtics
unset ytics
set border 0
if (tree) {
    set tmargin at screen 1 - 4. / H
    set bmargin at screen 1 - (T - 3) / H
    set xrange [-0.5:items - 0.5]
    set yrange [0:*]
    plot $tree using 1:2 with lines lc rgb '#666666' lw 0.6
}
set tmargin at screen 1 - T / H
set bmargin at screen B / H
set xrange [-0.5:count - 0.5]
set yrange [count - 0.5:-0.5]
set cbrange [0:1]
set colorbox user origin screen 1 - (R - 14) / W, screen 1 - (T + 170.) / H size screen 10. / W, screen 170. / H
set cbtics 0.25 scale 0.3 font ''.sized(9)
set label 9003 'share of clusterings together' at screen 1 - 9. / W, screen 1 - (T + 85.) / H center rotate by 90 font ''.sized(10)
plot $values matrix with image
unset colorbox
unset label 9003
# The strip of clusters
array tint[8] = [0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7, 0x000000]
set lmargin at screen (L - 16.) / W
set rmargin at screen (L - 4.) / W
set xrange [0:1]
set yrange [items - 0.5:-0.5]
do for [k = 1:runs] {
    if ((run_end[k] - run_begin[k]) / items * (H - T - B) >= 9) {
        set label k sprintf('%d', run_cluster[k]) at screen (L - 20.) / W, first (run_begin[k] + run_end[k]) / 2. - 0.5 \
            right font ''.sized(10)
    }
}
plot sample [k = 1:runs:1] '+' using (0.5):((run_begin[int(k)] + run_end[int(k)]) / 2. - 0.5):(0.5): \
    ((run_end[int(k)] - run_begin[int(k)]) / 2.):(tint[run_cluster[int(k)] % 8 + 1]) \
    with boxxyerror fs solid 1 noborder lc rgb variable
unset multiplot
