
# What all figures share. Names are never parsed: the terminals are opened with 'noenhanced'.
set encoding utf8
set datafile missing 'NA'
set border 3 lc rgb '#444444' lw 0.8
set tics nomirror scale 0.5 textcolor rgb '#222222'
unset key
set style fill solid 1.0 noborder
small = 8
scale = GPVAL_TERM eq 'svg' ? 1.0 : 0.75 # fonts of the other terminals are in points of the paper
sized(points) = sprintf('%s,%.2f', GPVAL_TERM eq 'svg' ? 'sans-serif' : 'Sans', points * scale)
set tics font ''.sized(10)
if (!exists('palette')) { palette = 'viridis' }
if (palette eq 'viridis') {
    set palette defined (0 '#440154', 1 '#472D7B', 2 '#3B528B', 3 '#2C728E', 4 '#21918C', 5 '#28AE80', 6 '#5EC962', \
                         7 '#ADDC30', 8 '#FDE725')
}
if (palette eq 'cividis') {
    set palette defined (0 '#00224E', 1 '#123570', 2 '#3B496C', 3 '#575D6D', 4 '#707173', 5 '#8A8678', 6 '#A59C74', \
                         7 '#C3B369', 8 '#E1CC55', 9 '#FEE838')
}
if (palette eq 'density') {
    set palette defined (0 '#DCE9F2', 1 '#9CC5E0', 2 '#4F9CCB', 3 '#0072B2', 4 '#004C78', 5 '#00253B')
}
if (palette eq 'diverging') {
    set palette defined (-2 '#0072B2', -1 '#8FC0DE', 0 '#F7F7F7', 1 '#F0B98A', 2 '#D55E00')
}
