
# Stacked bars: $bars has x (left and right edge of each bar) and the sums of the first 1, 2, ... parts.
# parts, part_name[], colour_of[], columns, column_name[] (named = 1), groups, group_name[], group_end[], upright.
set lmargin at screen L / W
set rmargin at screen 1 - R / W
set tmargin at screen 1 - T / H
set bmargin at screen B / H
set xrange [-0.5:columns - 0.5]
set yrange [0:1]
set ytics 0.25
set label 9002 'proportion' at screen 9. / W, screen (B + H - T) / 2. / H center rotate by 90 font ''.sized(10)
unset xtics
if (named) {
    set xtics () rotate by 90 right scale 0 font ''.sized(column_font)
    do for [i = 1:columns] { set xtics add (''.column_name[i] i - 1) }
} else {
    set label 9001 column_label at screen (L + W - R) / 2. / W, screen 9. / H center font ''.sized(10)
}
do for [g = 1:groups] {
    begin = g == 1 ? -0.5 : group_end[g - 1]
    if (g < groups) {
        set arrow g from group_end[g], graph 0 to group_end[g], graph 1 nohead front lc rgb 'white' lw 2.4
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
# A legend of our own: the widths that gnuplot guesses for text differ from terminal to terminal.
do for [p = 1:parts] {
    y = 1 - (T + 8. + 16 * (parts - p)) / H
    set object p rectangle center screen 1 - (R - 16.) / W, screen y size screen 11. / W, screen 11. / H \
        fc rgb colour[colour_of[p]] fs solid noborder
    set label 1000 + p ''.part_name[p] at screen 1 - (R - 27.) / W, screen y left font ''.sized(10)
}
plot for [p = parts:1:-1] $bars using 1:(column(p + 1)) with filledcurves y1 = 0 lc rgb colour[colour_of[p]]
