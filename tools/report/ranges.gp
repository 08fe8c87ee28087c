
# A range of values for each row: $ranges with row number and quantiles 5, 25, 50, 75, 95%. rows, row_name[], value_label.
set lmargin at screen L / W
set rmargin at screen 1 - R / W
set tmargin at screen 1 - T / H
set bmargin at screen B / H
set xrange [0:*]
set yrange [rows - 0.5:-0.5]
set ytics () scale 0 font ''.sized(row_font)
do for [i = 1:rows] { set ytics add (''.row_name[i] i - 1) }
set label 9001 value_label at screen (L + W - R) / 2. / W, screen 9. / H center font ''.sized(10)
set grid x lc rgb '#DDDDDD' lw 0.6
set style arrow 1 nohead lw 1.2 lc rgb '#56B4E9'
set style arrow 2 nohead lw 4 lc rgb '#0072B2'
plot $ranges using 2:1:($6 - $2):(0) with vectors arrowstyle 1, \
     $ranges using 3:1:($5 - $3):(0) with vectors arrowstyle 2, \
     $ranges using 4:1 with points pt 7 ps 0.6 lc rgb '#D55E00'
