
# A number for each sample: $samples with x, value and class (0 or 1: marked), or a curve of quantiles (curve = 1).
# columns, column_name[] (named = 1), column_label, value_label, logarithmic, line (NaN: none), low, high, marked (text).
set lmargin at screen L / W
set rmargin at screen 1 - R / W
set tmargin at screen 1 - T / H
set bmargin at screen B / H
set xrange [-0.5:columns - 0.5]
if (logarithmic) {
    set logscale y
    set format y '%g'
}
set yrange [low:high]
set label 9002 value_label at screen 9. / W, screen (B + H - T) / 2. / H center rotate by 90 font ''.sized(10)
set grid y lc rgb '#DDDDDD' lw 0.6
if (named) {
    set xtics () rotate by 90 right scale 0 font ''.sized(column_font)
    do for [i = 1:columns] { set xtics add (''.column_name[i] i - 1) }
} else {
    unset xtics
    set label 9001 column_label at screen (L + W - R) / 2. / W, screen 9. / H center font ''.sized(10)
}
if (line == line) { # not NaN
    set arrow 1 from graph 0, first line to graph 1, first line nohead back dt 2 lc rgb '#666666'
}
if (strlen(marked)) {
    set label 1 marked at screen (L + 14) / W, screen 1 - 10. / H left font ''.sized(10)
    set label 2 at screen (L + 5) / W, screen 1 - 10. / H point pt 6 ps 0.7 lc rgb '#D55E00'
}
if (curve) {
    plot $samples using 1:2 with lines lw 1.8 lc rgb '#0072B2'
} else {
    plot $samples using 1:($3 == 0 ? $2 : NaN) with points pt 7 ps 0.55 lc rgb '#0072B2', \
         $samples using 1:($3 == 1 ? $2 : NaN) with points pt 6 ps 0.6 lc rgb '#D55E00'
}
