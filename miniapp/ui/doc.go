// Package ui is what the pages of the Mini App look like: a typed struct and a template for each, the style, the scripts and the files taken from
// others. It knows nothing of requests or of the engine: whoever shows a page fills in texts that are already in the reader's language, with
// numbers already formatted; the fixed words of a page are in its template by their keys.
package ui
