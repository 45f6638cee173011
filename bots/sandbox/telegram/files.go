package telegram

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"net/http"
	"path"
	"strconv"
	"strings"

	"kartka/bots/sandbox/qrread"
)

type fileKind string

const (
	kindPhoto    fileKind = "photo"
	kindDocument fileKind = "document"
	kindSticker  fileKind = "sticker"
	kindVoice    fileKind = "voice"
)

// file is an uploaded file, kept as it came. Its id belongs to one bot.
type file struct {
	N      int64    `json:"n"`
	Bot    int64    `json:"bot"`
	Kind   fileKind `json:"kind"`
	Name   string   `json:"name,omitempty"`
	Mime   string   `json:"mime"`
	Data   []byte   `json:"data"`
	Width  int      `json:"width,omitempty"`
	Height int      `json:"height,omitempty"`
	// Same is the number of the file this one is to another bot, 0 when it is itself the first.
	Same int64 `json:"same,omitempty"`

	qr       string
	qrLooked bool
}

// Limits of uploads.
const (
	maxPhoto    = 10 << 20
	maxDocument = 50 << 20
	maxDownload = 20 << 20
)

// inputFile resolves a file argument: attach://name, a file of the same name in the form, or a known file id.
func (c *call) inputFile(arg, value string, kind fileKind) (*file, error) {
	field := arg
	if name, attached := strings.CutPrefix(value, "attach://"); attached {
		field = name
	} else if value != "" {
		return c.knownFile(value, kind)
	}
	up, ok := c.p.files[field]
	if !ok {
		return nil, badRequest("there is no %s in the request", kind)
	}
	return c.newFile(c.bot.ID, up, kind)
}

func (c *call) knownFile(id string, kind fileKind) (*file, error) {
	if strings.HasPrefix(id, "http://") || strings.HasPrefix(id, "https://") {
		// The sandbox fetches nothing.
		return nil, badRequest("failed to get HTTP URL content")
	}
	f := c.fileByID(id)
	if f == nil {
		return nil, badRequest("wrong file identifier/HTTP URL specified")
	}
	if f.Kind != kind {
		return nil, badRequest("can't use file of type %s as %s", title(string(f.Kind)), title(string(kind)))
	}
	return f, nil
}

// newFile checks and keeps an upload. It fails in the words of the official server.
func (s *Server) newFile(owner int64, up upload, kind fileKind) (*file, error) {
	if len(up.data) == 0 {
		return nil, badRequest("file must be non-empty")
	}
	f := &file{Bot: owner, Kind: kind, Name: path.Base(up.name), Data: up.data, Mime: http.DetectContentType(up.data)}
	switch kind {
	case kindPhoto:
		if len(up.data) > maxPhoto {
			return nil, badRequest("file is too big")
		}
		cfg, _, err := image.DecodeConfig(bytes.NewReader(up.data))
		if err != nil {
			return nil, badRequest("IMAGE_PROCESS_FAILED")
		}
		f.Width, f.Height = cfg.Width, cfg.Height
		if cfg.Width+cfg.Height > 10000 || cfg.Width > 20*cfg.Height || cfg.Height > 20*cfg.Width {
			return nil, badRequest("PHOTO_INVALID_DIMENSIONS")
		}
	case kindDocument:
		if len(up.data) > maxDocument {
			return nil, &apiError{code: http.StatusRequestEntityTooLarge, text: "Request Entity Too Large"}
		}
		if m, _, _ := strings.Cut(up.mime, ";"); m != "" && m != "application/octet-stream" {
			f.Mime = m
		} else {
			f.Mime, _, _ = strings.Cut(f.Mime, ";")
		}
	}
	return s.addFile(f), nil
}

func (s *Server) addFile(f *file) *file {
	f.N = s.state.NextFile
	s.state.NextFile++
	s.state.Files[f.N] = f
	return f
}

var idPrefix = map[fileKind]string{
	kindPhoto: "AgACAgIAAxkB", kindDocument: "BQACAgIAAxkB", kindSticker: "CAACAgIAAxkB", kindVoice: "AwACAgIAAxkB",
}

// variants are the sizes of a photo, and the one form of everything else.
var variants = map[fileKind]string{kindPhoto: "smxy", kindDocument: "d", kindSticker: "t", kindVoice: "v"}

// id is a file id; the variants of a photo have one each.
func (f *file) id(variant string) string {
	return idPrefix[f.Kind] + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d|%d|%s", f.Bot, f.N, variant))
}

func (f *file) unique(variant string) string {
	return "AQAD" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d%s", f.original(), variant))
}

// original is the number of the file as the first bot knows it.
func (f *file) original() int64 {
	if f.Same != 0 {
		return f.Same
	}
	return f.N
}

func (c *call) fileByID(id string) *file {
	for kind, prefix := range idPrefix {
		rest, ok := strings.CutPrefix(id, prefix)
		if !ok {
			continue
		}
		raw, err := base64.RawURLEncoding.DecodeString(rest)
		parts := strings.Split(string(raw), "|")
		if err != nil || len(parts) != 3 {
			return nil
		}
		n, err := strconv.ParseInt(parts[1], 10, 64)
		f := c.state.Files[n]
		if err != nil || f == nil || f.Kind != kind || parts[0] != strconv.FormatInt(c.bot.ID, 10) {
			return nil
		}
		if len(parts[2]) != 1 || !strings.Contains(variants[kind], parts[2]) || f.id(parts[2]) != id {
			return nil // begins like an id, and is none
		}
		return f
	}
	return nil
}

// setFile puts a file into a message in place of the one it had.
func (m *message) setFile(f *file) {
	m.File, m.Photo, m.Document, m.Sticker, m.Voice = f.N, nil, nil, nil, nil
	switch f.Kind {
	case kindPhoto:
		m.Photo = f.sizes()
	case kindDocument:
		m.Document = &Document{
			FileID: f.id("d"), FileUniqueID: f.unique("d"), FileName: f.Name, MimeType: f.Mime, FileSize: len(f.Data),
		}
	case kindSticker:
		m.Sticker = &Sticker{FileID: f.id("t"), FileUniqueID: f.unique("t"), Type: "regular", Width: 512, Height: 512, Emoji: "☕"}
	case kindVoice:
		m.Voice = &Voice{FileID: f.id("v"), FileUniqueID: f.unique("v"), Duration: 3, MimeType: f.Mime}
	}
}

// sizes lists a photo the way the platform does: scaled to fit 90, 320, 800 and 1280 pixels, the largest last.
func (f *file) sizes() []PhotoSize {
	var sizes []PhotoSize
	longest := max(f.Width, f.Height)
	for _, v := range []struct {
		name string
		box  int
	}{{"s", 90}, {"m", 320}, {"x", 800}, {"y", 1280}} {
		scaled := min(longest, v.box)
		sizes = append(sizes, PhotoSize{
			FileID: f.id(v.name), FileUniqueID: f.unique(v.name), FileSize: len(f.Data) * scaled / longest,
			Width: max(f.Width*scaled/longest, 1), Height: max(f.Height*scaled/longest, 1),
		})
		if longest <= v.box {
			break
		}
	}
	return sizes
}

// path is the file_path of getFile.
func (f *file) path() string {
	return fmt.Sprintf("%ss/file_%d%s", f.Kind, f.N, path.Ext(f.Name))
}

func (c *call) getFile() (any, error) {
	if !c.p.has("file_id") {
		return nil, badRequest("file_id not specified")
	}
	f := c.fileByID(c.p.str("file_id"))
	if f == nil {
		return nil, badRequest("invalid file_id")
	}
	if len(f.Data) > maxDownload {
		return nil, badRequest("file is too big")
	}
	return struct {
		FileID       string `json:"file_id"`
		FileUniqueID string `json:"file_unique_id"`
		FileSize     int    `json:"file_size"`
		FilePath     string `json:"file_path"`
	}{c.p.str("file_id"), f.unique(""), len(f.Data), f.path()}, nil
}

func (s *Server) serveFile(w http.ResponseWriter, token, name string) {
	b, err := s.botByToken(token)
	if err != nil {
		writeError(w, err)
		return
	}
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	n, parseErr := strconv.ParseInt(strings.TrimPrefix(base, "file_"), 10, 64)
	s.mu.Lock()
	f := s.state.Files[n] // never changes once it is stored
	s.mu.Unlock()
	if parseErr != nil || f == nil || f.Bot != b.ID || f.path() != name {
		writeError(w, &apiError{code: http.StatusNotFound, text: "Not Found"})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Data)))
	_, _ = w.Write(f.Data)
}

// File is an uploaded file as the chat page offers it.
type File struct {
	Name string
	Mime string
	Data []byte
}

// File returns an uploaded file by its number.
func (s *Server) File(n int64) (File, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.state.Files[n]
	if !ok {
		return File{}, false
	}
	name := f.Name
	if name == "" || name == "." {
		name = path.Base(f.path())
	}
	return File{Name: name, Mime: f.Mime, Data: f.Data}, true
}

// code is the text of the QR code in a photo, "" when there is none. It is looked for once.
func (f *file) code() string {
	if f.Kind == kindPhoto && !f.qrLooked {
		f.qrLooked = true
		if text, err := qrread.ReadBytes(f.Data); err == nil {
			f.qr = text
		}
	}
	return f.qr
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
