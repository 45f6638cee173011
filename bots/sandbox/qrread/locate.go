package qrread

import (
	"image"
	"image/draw"
	"math"
	"sort"
)

// bitmap is a picture in black and white; true is dark.
type bitmap struct {
	w, h int
	dark []bool
}

func binarize(img image.Image) bitmap {
	r := img.Bounds()
	b := bitmap{w: r.Dx(), h: r.Dy(), dark: make([]bool, r.Dx()*r.Dy())}
	// Transparent pixels lie on white paper.
	paper := image.NewGray(image.Rect(0, 0, b.w, b.h))
	draw.Draw(paper, paper.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(paper, paper.Rect, img, r.Min, draw.Over)
	for y := range b.h {
		for x := range b.w {
			b.dark[y*b.w+x] = paper.Pix[y*paper.Stride+x] < 0x80
		}
	}
	return b
}

func (b bitmap) at(x, y int) bool {
	if x < 0 || y < 0 || x >= b.w || y >= b.h {
		return false
	}
	return b.dark[y*b.w+x]
}

// finder is one of the three squares in the corners of a code.
type finder struct {
	x, y, module float64
	rows         int // how many picture rows crossed it
}

// placement says where a code is: the centres of its finders span size−7 modules.
type placement struct {
	left, top    float64 // centre of the upper left finder
	stepX, stepY float64 // one module
	size         int     // modules per side
	mismatch     float64 // how far the finders are from a legal size, in modules
}

// locate finds every triple of finders that can be the corners of an upright code, the best fitting first.
func (b bitmap) locate() []placement {
	finders := b.finders()
	var found []placement
	for i, tl := range finders {
		for j, tr := range finders {
			for k, bl := range finders {
				if i == j || j == k || i == k {
					continue
				}
				if p, ok := fit(tl, tr, bl); ok {
					found = append(found, p)
				}
			}
		}
	}
	sort.SliceStable(found, func(i, j int) bool {
		if math.Abs(found[i].top-found[j].top) > 1 {
			return found[i].top < found[j].top
		}
		return found[i].mismatch < found[j].mismatch
	})
	return found
}

func fit(tl, tr, bl finder) (placement, bool) {
	module := (tl.module + tr.module + bl.module) / 3
	width, height := tr.x-tl.x, bl.y-tl.y
	if width <= 0 || height <= 0 || math.Abs(tl.y-tr.y) > module || math.Abs(tl.x-bl.x) > module {
		return placement{}, false
	}
	for _, f := range []finder{tl, tr, bl} {
		if math.Abs(f.module-module) > module/3 {
			return placement{}, false
		}
	}
	if math.Abs(width-height) > 2*module {
		return placement{}, false
	}
	modules := (width + height) / 2 / module
	// Sizes are 21, 25, … 177; the rounding error of a module width is far below the distance between two of them.
	version := math.Round((modules + 7 - 17) / 4)
	if version < 1 || version > 40 {
		return placement{}, false
	}
	size := int(17 + 4*version)
	return placement{
		left: tl.x, top: tl.y, size: size,
		stepX: width / float64(size-7), stepY: height / float64(size-7),
		mismatch: math.Abs(modules + 7 - float64(size)),
	}, true
}

// finders looks for the proportion 1:1:3:1:1 along every row, and confirms it along the column through its middle.
func (b bitmap) finders() []finder {
	var found []finder
	for y := 0; y < b.h; y++ {
		var runs [5]int // the last five runs; the newest is runs[4]
		start := 0
		for x := 0; x <= b.w; x++ {
			if x < b.w && b.at(x, y) == b.at(start, y) {
				continue
			}
			copy(runs[:], runs[1:])
			runs[4] = x - start
			if b.at(start, y) {
				if module, ok := proportion(runs); ok {
					centre := float64(x) - float64(runs[4]+runs[3]) - float64(runs[2])/2
					if cy, vertical, ok := b.column(int(centre), y, runs[2]); ok && math.Abs(vertical-module) <= module/2 {
						found = merge(found, finder{x: centre, y: cy, module: (module + vertical) / 2, rows: 1})
					}
				}
			}
			start = x
		}
	}
	return found
}

// column checks the proportion vertically through (x, y), which lies in a dark run of about middle pixels.
func (b bitmap) column(x, y, middle int) (centre, module float64, ok bool) {
	top, bottom := y, y
	for b.at(x, top-1) {
		top--
	}
	for b.at(x, bottom+1) {
		bottom++
	}
	if bottom-top+1 > 2*middle {
		return 0, 0, false
	}
	count := func(from, step int, dark bool) int {
		n := 0
		for i := from; i >= 0 && i < b.h && b.at(x, i) == dark; i += step {
			n++
		}
		return n
	}
	up := count(top-1, -1, false)
	down := count(bottom+1, 1, false)
	runs := [5]int{count(top-1-up, -1, true), up, bottom - top + 1, down, count(bottom+1+down, 1, true)}
	module, ok = proportion(runs)
	return float64(top+bottom+1) / 2, module, ok
}

func proportion(runs [5]int) (module float64, ok bool) {
	total := 0
	for _, n := range runs {
		if n == 0 {
			return 0, false
		}
		total += n
	}
	module = float64(total) / 7
	for i, n := range runs {
		want := module
		if i == 2 {
			want = 3 * module
		}
		if math.Abs(float64(n)-want) > want/2 {
			return 0, false
		}
	}
	return module, true
}

func merge(found []finder, f finder) []finder {
	for i, known := range found {
		if math.Abs(known.x-f.x) <= known.module*2 && math.Abs(known.y-f.y) <= known.module*2 {
			n := float64(known.rows)
			found[i] = finder{
				x: (known.x*n + f.x) / (n + 1), y: (known.y*n + f.y) / (n + 1),
				module: (known.module*n + f.module) / (n + 1), rows: known.rows + 1,
			}
			return found
		}
	}
	return append(found, f)
}

// sample reads the middle of every module.
func (b bitmap) sample(p placement) matrix {
	m := matrix{size: p.size, dark: make([]bool, p.size*p.size)}
	for row := 0; row < p.size; row++ {
		for col := 0; col < p.size; col++ {
			x := p.left + float64(col-3)*p.stepX
			y := p.top + float64(row-3)*p.stepY
			m.dark[row*p.size+col] = b.at(int(math.Floor(x)), int(math.Floor(y)))
		}
	}
	return m
}
