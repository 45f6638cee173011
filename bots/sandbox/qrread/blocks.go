package qrread

import "fmt"

// eccPerBlock and blockCount are the tables of the standard, by level and version.
var eccPerBlock = [4][41]int{
	levelL: {0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	levelM: {0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
	levelQ: {0, 13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	levelH: {0, 17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
}

var blockCount = [4][41]int{
	levelL: {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
	levelM: {0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
	levelQ: {0, 1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
	levelH: {0, 1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81},
}

// deinterleave sorts the code words back into their blocks, checks each and returns the data of all.
func deinterleave(words []byte, version, level int) ([]byte, error) {
	n, ecc := blockCount[level][version], eccPerBlock[level][version]
	total := rawBits(version) / 8
	if len(words) != total {
		return nil, fmt.Errorf("%w: %d code words instead of %d", ErrDamaged, len(words), total)
	}
	short := total/n - ecc  // data words of a short block; long blocks have one more
	longFrom := n - total%n // the first long block
	blocks := make([][]byte, n)
	at := 0
	for i := 0; i <= short; i++ {
		for b := range blocks {
			if i < short || b >= longFrom {
				blocks[b] = append(blocks[b], words[at])
				at++
			}
		}
	}
	dataLen := at
	for i := 0; i < ecc; i++ {
		for b := range blocks {
			blocks[b] = append(blocks[b], words[at])
			at++
		}
	}
	data := make([]byte, 0, dataLen)
	for b, block := range blocks {
		if !intact(block, ecc) {
			return nil, fmt.Errorf("%w: block %d of %d fails its check", ErrDamaged, b+1, n)
		}
		data = append(data, block[:len(block)-ecc]...)
	}
	return data, nil
}

// intact reports whether all Reed-Solomon syndromes of a block are zero.
func intact(block []byte, ecc int) bool {
	root := byte(1)
	for i := 0; i < ecc; i++ {
		var sum byte
		for _, word := range block {
			sum = multiply(sum, root) ^ word
		}
		if sum != 0 {
			return false
		}
		root = multiply(root, 2)
	}
	return true
}

// multiply is the product in GF(2⁸) modulo x⁸+x⁴+x³+x²+1.
func multiply(a, b byte) byte {
	var product byte
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			product ^= a
		}
		carry := a & 0x80
		a <<= 1
		if carry != 0 {
			a ^= 0x1d
		}
	}
	return product
}
