package qr

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
	"rsc.io/qr/coding"

	skip2 "github.com/skip2/go-qrcode"
)

// maskOf reads the mask number out of the format marks beside the top left finder (ISO/IEC 18004, 7.9).
func maskOf(c *Code) int {
	bit := func(x, invert int) int {
		if c.Dark(x, 8) {
			return 1 ^ invert
		}
		return invert
	}
	return bit(2, 1)<<2 | bit(3, 0)<<1 | bit(4, 1)
}

// An independent encoder arrives at the same modules, once both codes wear the same mask.
func TestEncodeAgainstAnotherEncoder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sizes := make(map[int]bool)
	for _, level := range []struct {
		ours    Level
		theirs  skip2.RecoveryLevel
		longest int
	}{
		{Low, skip2.Low, 321}, {Medium, skip2.Medium, 251}, {Quartile, skip2.High, 177}, {High, skip2.Highest, 137},
	} {
		// Texts of one kind leave both encoders only one way to pack them.
		for _, alphabet := range []string{"abcdefghijklmnopqrstuvwxyz", "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
			for n := 1; n <= level.longest; n += 8 {
				text := make([]byte, n)
				for i := range text {
					text[i] = alphabet[random.IntN(len(alphabet))]
				}
				ours, err := Encode(string(text), level.ours)
				if err != nil {
					t.Fatal(err)
				}
				drawn, err := skip2.New(string(text), level.theirs)
				if err != nil {
					t.Fatal(err)
				}
				drawn.DisableBorder = true
				theirs := fromBools(drawn.Bitmap())
				sizes[ours.size] = true

				frame, err := frameFor(coding.Version((ours.size-17)/4), coding.Level(level.ours))
				if err != nil {
					t.Fatal(err)
				}
				plain := ours.xor(&frame.masks[maskOf(&ours)])
				if got := plain.xor(&frame.masks[maskOf(&theirs)]); got != theirs {
					t.Errorf("the codes of %q at level %d differ: sizes %d and %d", text, level.ours, ours.size, theirs.size)
				}
			}
		}
	}
	if len(sizes) != maxVersion {
		t.Errorf("only the sizes %v were compared", sizes)
	}
}

func fromBools(rows [][]bool) Code {
	c := Code{size: len(rows)}
	for y, row := range rows {
		for x, dark := range row {
			if dark {
				c.rows[y] |= 1 << x
			}
		}
	}
	return c
}

// The word-wide penalty is that of the standard, counted module by module.
func TestPenaltyCountedModuleByModule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Code{size: 17 + 4*rapid.IntRange(1, maxVersion).Draw(t, "version")}
		// Sparse and dense rows make long runs and finder-like patterns common.
		noise := rapid.SampledFrom([]uint64{0, 0x5d, ^uint64(0), 0x5d << 7}).Draw(t, "pattern")
		for y := range c.size {
			if rapid.Bool().Draw(t, "noisy") {
				noise = rapid.Uint64().Draw(t, "row")
			}
			c.rows[y] = noise & (1<<c.size - 1)
		}
		if got, want := c.penalty(), slowPenalty(&c); got != want {
			t.Fatalf("penalty %d, want %d", got, want)
		}
	})
}

func slowPenalty(c *Code) int {
	sum, dark := 0, 0
	straight := func(x, y int) bool { return c.Dark(x, y) }
	turned := func(x, y int) bool { return c.Dark(y, x) }
	for _, at := range []func(x, y int) bool{straight, turned} {
		for y := range c.size {
			for x := 0; x < c.size; {
				n := 1
				for x+n < c.size && at(x+n, y) == at(x, y) {
					n++
				}
				if n >= 5 {
					sum += n - 2
				}
				x += n
			}
			for x := range c.size - 10 {
				line := ""
				for k := range 11 {
					if at(x+k, y) {
						line += "#"
					} else {
						line += "."
					}
				}
				if line == "#.###.#...." || line == "....#.###.#" {
					sum += 40
				}
			}
		}
	}
	for y := range c.size {
		for x := range c.size {
			if c.Dark(x, y) {
				dark++
			}
			if x+1 < c.size && y+1 < c.size && c.Dark(x, y) == c.Dark(x+1, y) && c.Dark(x, y) == c.Dark(x, y+1) && c.Dark(x, y) == c.Dark(x+1, y+1) {
				sum += 3
			}
		}
	}
	off := float64(dark)*100/float64(c.size*c.size) - 50
	return sum + 10*int(max(off, -off)/5)
}

func TestEncodeTakesTheBestMask(t *testing.T) {
	code, err := Encode("https://t.me/kava_bot?start=c_AbCdEfGhIjKlMnOpQ_-21g", Medium)
	if err != nil {
		t.Fatal(err)
	}
	frame, err := frameFor(coding.Version((code.size-17)/4), coding.M)
	if err != nil {
		t.Fatal(err)
	}
	plain := code.xor(&frame.masks[maskOf(&code)])
	for mask := range frame.masks {
		other := plain.xor(&frame.masks[mask])
		if maskOf(&other) != mask {
			t.Errorf("mask %d says it is %d", mask, maskOf(&other))
		}
		if slowPenalty(&other) < slowPenalty(&code) {
			t.Errorf("mask %d is better than the chosen %d", mask, maskOf(&code))
		}
	}
}
