package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"kartka/bots"
)

// Fetch reads a picture of this bot, see bots.Fetcher. Telegram gives at most 20 MB
// (core.telegram.org/bots/api#getfile). The address of a file holds the token: no error and no log shows it.
func (b *Bot) Fetch(ctx context.Context, ref bots.PhotoRef, limit int64) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	if !ref.Owned(bots.Telegram, b.ID()) {
		return nil, &bots.SendError{Outcome: bots.Invalid, Code: "photo of another sender"}
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	result, err := b.raw(ctx, "getFile", map[string]string{"file_id": ref.ID})
	if err != nil {
		return nil, b.sendError(err, "")
	}
	var file struct {
		Path string `json:"file_path"`
		Size int64  `json:"file_size"`
	}
	if err := tolerate(json.Unmarshal(result, &file)); err != nil || !isFilePath(file.Path) {
		return nil, &bots.SendError{Outcome: bots.Invalid, Code: "getFile named no file that can be read", Err: err}
	}
	if file.Size > limit {
		return nil, tooLarge(limit)
	}
	return b.download(ctx, file.Path, limit)
}

// isFilePath reports whether a path leads to a file below the bot's own address. A Bot API server of one's own, in
// local mode, names files of its machine instead.
func isFilePath(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r == '\\' }) {
			return false
		}
	}
	return true
}

func (b *Bot) download(ctx context.Context, path string, limit int64) ([]byte, error) {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	address := b.apiURL + "/file/bot" + string(b.token) + "/" + strings.Join(parts, "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, b.sendError(err, "")
	}
	resp, err := b.wire.client.Do(req)
	if err != nil {
		return nil, b.sendError(err, "")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		refused := &refusal{}
		if body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16)); err == nil {
			refused.answer.read(resp, body)
		}
		failed := b.sendError(refused, "")
		if failed.Outcome == bots.Unauthorized && resp.StatusCode == http.StatusNotFound {
			failed.Outcome = bots.Invalid // of a method, 404 is a refused token; of a file, the file is gone
		}
		return nil, failed
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, b.sendError(fmt.Errorf("read file: %w", err), "")
	case int64(len(data)) > limit:
		return nil, tooLarge(limit)
	}
	return data, nil
}

func tooLarge(limit int64) *bots.SendError {
	return &bots.SendError{Outcome: bots.Invalid, Code: fmt.Sprintf("picture of more than %d bytes", limit), Err: bots.ErrTooLarge}
}
