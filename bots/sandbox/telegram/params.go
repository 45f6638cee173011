package telegram

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody is more than the 50 MB a bot may upload.
const maxBody = 52 << 20

// upload is a file sent in a multipart body.
type upload struct {
	name string
	mime string
	data []byte
}

// params are the arguments of one call, whatever way they came.
type params struct {
	values map[string]string
	files  map[string]upload
}

// readParams collects the arguments from the query and the body. A JSON body must be an object or null.
func readParams(r *http.Request) (params, error) {
	p := params{values: make(map[string]string), files: make(map[string]upload)}
	p.addValues(r.URL.Query())
	if r.Body == nil || r.Method == http.MethodGet {
		return p, nil
	}
	body := http.MaxBytesReader(nil, r.Body, maxBody)
	kind, attrs, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = "" // a missing content type is an empty body to the official server
	}
	switch kind {
	case "application/json":
		raw, err := io.ReadAll(body)
		if err != nil {
			return p, fmt.Errorf("read body: %w", err)
		}
		return p, p.addJSON(raw)
	case "application/x-www-form-urlencoded":
		raw, err := io.ReadAll(body)
		if err != nil {
			return p, fmt.Errorf("read body: %w", err)
		}
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return p, fmt.Errorf("parse form: %w", err)
		}
		p.addValues(form)
		return p, nil
	case "multipart/form-data":
		return p, p.addMultipart(multipart.NewReader(body, attrs["boundary"]))
	default:
		return p, nil
	}
}

func (p params) addValues(values url.Values) {
	for name, list := range values {
		if _, known := p.values[name]; !known && len(list) > 0 {
			p.values[name] = list[0]
		}
	}
}

// addJSON takes strings as they are and every other value as its JSON text, null being absent.
func (p params) addJSON(raw []byte) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return fmt.Errorf("parse json: %w", err)
	}
	for name, value := range object {
		if string(value) == "null" {
			continue
		}
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			text = string(value)
		}
		if _, known := p.values[name]; !known {
			p.values[name] = text
		}
	}
	return nil
}

func (p params) addMultipart(parts *multipart.Reader) error {
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		// A client that has nothing to say sends a multipart body without a single part.
		if err != nil && len(p.files) == 0 && strings.Contains(err.Error(), "NextPart: EOF") {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read form: %w", err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return fmt.Errorf("read form field: %w", err)
		}
		if part.FileName() != "" {
			p.files[part.FormName()] = upload{name: part.FileName(), mime: part.Header.Get("Content-Type"), data: data}
			continue
		}
		if _, known := p.values[part.FormName()]; !known {
			p.values[part.FormName()] = string(data)
		}
	}
}

func (p params) str(name string) string { return p.values[name] }

func (p params) has(name string) bool { return p.values[name] != "" }

// flag follows the official server: true, yes and 1 in any case are true, everything else is false.
func (p params) flag(name string) bool {
	switch strings.ToLower(p.values[name]) {
	case "true", "yes", "1":
		return true
	}
	return false
}

// number clamps to [lo, hi] and falls back to def when the argument is absent or not a number, as the official
// server does.
func (p params) number(name string, def, lo, hi int64) int64 {
	n, err := strconv.ParseInt(p.values[name], 10, 64)
	if err != nil {
		n = def
	}
	return max(lo, min(hi, n))
}

// redacted copies the arguments for the log of calls; files become their names and sizes.
func (p params) redacted() map[string]string {
	out := make(map[string]string, len(p.values)+len(p.files))
	for name, value := range p.values {
		if name == "secret_token" {
			value = "…"
		}
		out[name] = value
	}
	for name, file := range p.files {
		out[name] = fmt.Sprintf("file %s, %d bytes", file.name, len(file.data))
	}
	return out
}
