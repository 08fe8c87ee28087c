
# Rows x columns as colours, a tree or groups of the columns above, points along the lower edge.
# $values (matrix), rows, row_name[], columns, column_name[] (named = 1), low, high, colour_label;
# tree = 1: $tree; groups, group_name[], group_end[], upright; edge > 0 (points of height): $edge, edge_label, edge_high.
set multiplot
set lmargin at screen L / W
set rmargin at screen 1 - R / W
set xrange [-0.5:columns - 0.5]
unset xtics
if (tree) {
    set tmargin at screen 1 - 4. / H
    set bmargin at screen 1 - (T - 2) / H
    unset border
    unset ytics
    set yrange [0:*]
    plot $tree using 1:2 with lines lc rgb '#666666' lw 0.6
}
set border 0
set tmargin at screen 1 - T / H
set bmargin at screen (B + (edge > 0 ? edge + 6 : 0)) / H
set yrange [rows - 0.5:-0.5]
set ytics () scale 0 font ''.sized(row_font)
do for [i = 1:rows] { set ytics add (''.row_name[i] i - 1) }
do for [g = 1:groups] {
    begin = g == 1 ? -0.5 : group_end[g - 1]
    if (g < groups) {
        set arrow g from group_end[g], graph 0 to group_end[g], graph 1 nohead front lc rgb 'white' lw 1.6
    }
    if ((group_end[g] - begin) / columns * (W - L - R) >= 8) {
        if (upright) {
            set label g ''.group_name[g] at (begin + group_end[g]) / 2., screen 1 - (T - 5.) / H rotate by 90 left \
                font ''.sized(9)
        } else {
            set label g ''.group_name[g] at (begin + group_end[g]) / 2., screen 1 - (T - 8.) / H center font ''.sized(9)
        }
    }
}
set cbrange [low:high]
set colorbox user origin screen 1 - (R - 14) / W, screen 1 - (T + bar) / H size screen 10. / W, screen bar / H
set cbtics scale 0.3 font ''.sized(9)
set label 9003 colour_label at screen 1 - 9. / W, screen 1 - (T + bar / 2) / H center rotate by 90 font ''.sized(10)
if (edge == 0) {
    if (named) {
        set xtics () rotate by 90 right scale 0 font ''.sized(column_font)
        do for [i = 1:columns] { set xtics add (''.column_name[i] i - 1) }
    } else {
        set label 9001 column_label at screen (L + W - R) / 2. / W, screen 9. / H center font ''.sized(10)
    }
}
plot $values matrix with image
if (edge > 0) {
    unset label
    unset arrow
    unset colorbox
    set border 3
    set tmargin at screen (B + edge) / H
    set bmargin at screen B / H
    set yrange [0:edge_high]
    set ytics nomirror autofreq edge_high / 2. scale 0.5 font ''.sized(8)
    set format y edge_high < 0.01 ? '%.1e' : '%.2g'
    set label 9002 edge_label at screen 9. / W, screen (B + edge / 2) / H center rotate by 90 font ''.sized(9)
    if (named) {
        set xtics () rotate by 90 right scale 0 font ''.sized(column_font)
        do for [i = 1:columns] { set xtics add (''.column_name[i] i - 1) }
    } else {
        set label 9001 column_label at screen (L + W - R) / 2. / W, screen 9. / H center font ''.sized(10)
    }
    plot $edge using 1:2 with points pt 7 ps edge_size lc rgb '#D55E00'
}
unset multiplot
