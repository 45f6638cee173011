package tills

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"sync"

	"kartka/locales"
)

// keptBuffer is the largest buffer that is kept for the next call.
const keptBuffer = 256 << 10

// buffers are for bodies, in and out.
type buffers struct{ pool sync.Pool }

func (p *buffers) get() *bytes.Buffer {
	if b, ok := p.pool.Get().(*bytes.Buffer); ok {
		return b
	}
	return new(bytes.Buffer)
}

func (p *buffers) put(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		b.Reset()
		p.pool.Put(b)
	}
}

// read reads the body of a call into a request. names is how deep names are looked at, see [checkShape].
func (a *api) read(r *http.Request, into any, names int) error {
	if t := r.Header.Get("Content-Type"); t != "application/json" {
		if media, _, err := mime.ParseMediaType(t); err != nil || media != "application/json" {
			return &failure{code: "unsupported_media_type", status: http.StatusUnsupportedMediaType, text: "unsupported_media_type"}
		}
	}
	b := a.buffers.get()
	defer a.buffers.put(b)
	if err := readAll(r, b); err != nil {
		return err
	}
	return decode(b.Bytes(), into, names)
}

func readAll(r *http.Request, b *bytes.Buffer) error {
	_, err := b.ReadFrom(r.Body)
	var tooLong *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLong):
		return tooLarge(tooLong.Limit)
	case r.Context().Err() != nil:
		return r.Context().Err()
	}
	return unreadable
}

func tooLarge(most int64) error {
	return &failure{code: "too_large", status: http.StatusRequestEntityTooLarge, text: "too_large", args: locales.Args{"Max": most}}
}

// decode reads a JSON object. Fields that it does not know are left out, as they may be those of a later till.
func decode(body []byte, into any, names int) error {
	if err := checkShape(body, names); err != nil {
		return err
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return unreadable
	}
	err := json.Unmarshal(body, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return invalid(wrong.Field)
	}
	return unreadable
}

// send writes an answer, which is encoded once.
func (a *api) send(w http.ResponseWriter, status int, body any) {
	if status == statusGone {
		return // nobody reads it
	}
	b := a.buffers.get()
	defer a.buffers.put(b)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		a.Logger.Error("till answer not encoded", "error", err)
		status = http.StatusInternalServerError
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Cache-Control", "no-store")
	if p, ok := body.(*Problem); ok {
		p.header(h)
	}
	w.WriteHeader(status)
	_, _ = io.Copy(w, b) // a caller who has gone comes again with the key
}
