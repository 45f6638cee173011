// Package qr draws what is scanned: QR codes as PNG and SVG, the picture of a card for a chat, and the poster
// for the counter as PDF and PNG.
//
// Every drawing is a pure function of its arguments: the same input gives the same bytes, so that results can be
// cached and compared. All words in the pictures come from the caller, already in the reader's language.
//
// The fonts are subsets of Noto Sans under the SIL Open Font License; see font/README.md.
package qr
