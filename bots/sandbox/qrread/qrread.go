// Package qrread reads QR codes from clean pictures: drawn by a program, upright, undamaged, any scale. It is the
// phone camera of the sandbox, not a scanner for photographs: it finds a code among other things in the picture
// and checks it against its error correction words, but corrects nothing.
//
// The format is ISO/IEC 18004 (model 2, versions 1 to 40).
package qrread

import (
	"bytes"
	"errors"
	"fmt"
	"image"

	// Decoders for the formats bots send pictures in.
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
)

// Errors of [Read]. They are wrapped with what exactly was wrong.
var (
	ErrNoCode      = errors.New("no QR code in the picture")
	ErrDamaged     = errors.New("the QR code is damaged")
	ErrUnsupported = errors.New("the QR code uses an unsupported mode")
)

// ReadBytes decodes a PNG, JPEG or GIF picture and reads the code in it.
func ReadBytes(picture []byte) (string, error) {
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", fmt.Errorf("decode picture: %w", err)
	}
	return Read(img)
}

// Read returns the text of the code in the picture. With several codes it returns the first that reads cleanly,
// from top to bottom.
func Read(img image.Image) (string, error) {
	b := binarize(img)
	last := ErrNoCode
	for _, p := range b.locate() {
		text, err := readSymbol(b.sample(p))
		if err == nil {
			return text, nil
		}
		last = err
	}
	return "", last
}

func readSymbol(m matrix) (string, error) {
	version, err := m.version()
	if err != nil {
		return "", err
	}
	level, mask, err := m.format()
	if err != nil {
		return "", err
	}
	data, err := deinterleave(m.codewords(version, mask), version, level)
	if err != nil {
		return "", err
	}
	return parseSegments(data, version)
}
