package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kartka/bots"
	"kartka/bots/telegram"
)

// keeper is a Bot API that keeps pictures: an upload brings a handle, and only handles it gave are accepted.
type keeper struct {
	*api
	mu      sync.Mutex
	next    int
	known   map[string]bool
	uploads atomic.Int32
	blocked map[string]bool // chats that refuse
}

func newKeeper(t *testing.T) *keeper {
	k := &keeper{api: newAPI(t), known: map[string]bool{}, blocked: map[string]bool{}}
	k.on(k.serve)
	return k
}

func (k *keeper) serve(c call, w http.ResponseWriter) {
	k.mu.Lock()
	defer k.mu.Unlock()
	id := c.Params["photo"]
	if media := c.Params["media"]; media != "" && !strings.Contains(media, "attach://") {
		_, rest, _ := strings.Cut(media, `"media":"`)
		id, _, _ = strings.Cut(rest, `"`)
	}
	switch {
	case len(c.Files) > 0:
		k.uploads.Add(1)
		if k.blocked[c.Params["chat_id"]] {
			refuse(w, 403, "Forbidden: bot was blocked by the user", "")
			return
		}
		k.next++
		id = fmt.Sprint("handle-", k.next)
		k.known[id] = true
	case id != "" && !k.known[id]:
		refuse(w, 400, "Bad Request: wrong file identifier/HTTP URL specified", "")
		return
	}
	fmt.Fprintf(w, `{"ok":true,"result":{"message_id":100,"date":1,"chat":{"id":1,"type":"private"},"photo":[`+
		`{"file_id":"small","width":90,"height":60},{"file_id":%q,"width":900,"height":600}]}}`, id)
}

// forget makes every handle wrong.
func (k *keeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.known)
}

func (k *keeper) remember(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known[id] = true
}

// ways tells how each call carried its picture: "upload", or the handle.
func ways(calls []call) string {
	var out []string
	for _, c := range calls {
		switch media := c.Params["media"]; {
		case len(c.Files) > 0:
			out = append(out, "upload")
		case media != "":
			_, rest, _ := strings.Cut(media, `"media":"`)
			id, _, _ := strings.Cut(rest, `"`)
			out = append(out, id)
		default:
			out = append(out, c.Params["photo"])
		}
	}
	return strings.Join(out, " ")
}

func to(user, previous string, p bots.Photo) bots.Delivery {
	return bots.Delivery{To: bots.Address{Channel: bots.Telegram, Sender: "7012345678", UserID: user}, Previous: previous,
		Message: bots.Message{Slot: bots.SlotScreen, Text: "x", Photo: &p}}
}

// TestSendByHandle: the owner of a handle uploads nothing, a stranger's handle is passed over, and where nothing else
// is given the message is invalid and says why.
func TestSendByHandle(t *testing.T) {
	const own, foreign = "telegram:7012345678:kept", "telegram:7:kept"
	for _, tt := range []struct {
		name     string
		photo    bots.Photo
		previous string
		ways     string
		code     string
	}{
		{name: "own", photo: bots.Photo{Ref: own}, ways: "kept"},
		{name: "own, edited in", photo: bots.Photo{Ref: own}, previous: "7", ways: "kept"},
		{name: "own beside bytes", photo: bots.Photo{Ref: own, PNG: []byte("png")}, ways: "kept"},
		{name: "own beside a code", photo: bots.Photo{Ref: own, QR: "q"}, ways: "kept"},
		{name: "forgotten", photo: bots.Photo{Ref: own + "-not"}, ways: "kept-not", code: "wrong file identifier"},
		{name: "forgotten beside bytes", photo: bots.Photo{Ref: own + "-not", PNG: []byte("png")}, ways: "kept-not upload"},
		{name: "forgotten beside bytes, edited in", photo: bots.Photo{Ref: own + "-not", PNG: []byte("png")}, previous: "7", ways: "kept-not upload"},
		{name: "another bot's", photo: bots.Photo{Ref: foreign}, code: "photo of another sender"},
		{name: "another bot's, edited in", photo: bots.Photo{Ref: foreign}, previous: "7", code: "photo of another sender"},
		{name: "another bot's beside bytes", photo: bots.Photo{Ref: foreign, PNG: []byte("png")}, ways: "upload"},
		{name: "another channel's", photo: bots.Photo{Ref: "viber:7012345678:kept"}, code: "photo of another sender"},
		{name: "nonsense", photo: bots.Photo{Ref: "kept"}, code: "photo reference makes no sense"},
		{name: "nonsense beside bytes", photo: bots.Photo{Ref: "kept", PNG: []byte("png")}, ways: "upload"},
		{name: "an address as handle", photo: bots.Photo{Ref: "telegram:7012345678:https://evil.example/a.png"}, code: "photo reference is no file id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKeeper(t)
			k.remember("kept")
			_, err := newBot(t, k.api, nil).Send(t.Context(), to("42", tt.previous, tt.photo))
			var failed *bots.SendError
			switch {
			case tt.code == "" && err != nil:
				t.Error(err)
			case tt.code != "" && (!errors.As(err, &failed) || failed.Outcome != bots.Invalid || !strings.Contains(failed.Code, tt.code)):
				t.Errorf("error %v, want %q", err, tt.code)
			}
			if got := ways(k.took()); got != tt.ways {
				t.Errorf("went as %q, want %q", got, tt.ways)
			}
		})
	}
}

// TestSharedPictureIsUploadedOnce: in a row, by edits, and anew after Telegram forgot it; another picture is another upload.
func TestSharedPictureIsUploadedOnce(t *testing.T) {
	k := newKeeper(t)
	b := newBot(t, k.api, nil)
	send := func(user, previous string, p bots.Photo) {
		t.Helper()
		if _, err := b.Send(t.Context(), to(user, previous, p)); err != nil {
			t.Error(err)
		}
	}
	shared := bots.Photo{PNG: []byte("menu"), Shared: true}
	send("1", "", shared)
	send("2", "", shared)
	send("3", "7", shared)
	send("4", "", bots.Photo{PNG: []byte("menu")}) // one's own is never remembered
	send("5", "", bots.Photo{PNG: []byte("other"), Shared: true})
	send("6", "", bots.Photo{QR: "poster", Shared: true})
	send("7", "", bots.Photo{QR: "poster", Shared: true})
	if got := ways(k.took()); got != "upload handle-1 handle-1 upload upload upload handle-4" {
		t.Errorf("went as %q", got)
	}
	k.forget()
	send("8", "", shared)
	send("9", "", shared)
	if got := ways(k.took()); got != "handle-1 upload handle-5" {
		t.Errorf("after Telegram forgot: %q", got)
	}
}

// TestSharedPictureGivesUp: handles that are refused again and again are tried anew once a message, not for ever.
func TestSharedPictureGivesUp(t *testing.T) {
	a := newAPI(t)
	a.on(func(c call, w http.ResponseWriter) {
		if len(c.Files) == 0 || c.Params["chat_id"] == "2" {
			refuse(w, 400, "Bad Request: wrong file identifier/HTTP URL specified", "")
			return
		}
		io.WriteString(w, `{"ok":true,"result":{"message_id":5,"photo":[{"file_id":"h"}]}}`)
	})
	b := newBot(t, a, nil)
	shared := bots.Photo{PNG: []byte("menu"), Shared: true}
	if _, err := b.Send(t.Context(), to("1", "", shared)); err != nil {
		t.Fatal(err)
	}
	var failed *bots.SendError
	if _, err := b.Send(t.Context(), to("2", "", shared)); !errors.As(err, &failed) || failed.Outcome != bots.Invalid {
		t.Errorf("error %v", err)
	}
	if got := ways(a.took()); got != "upload h upload" {
		t.Errorf("went as %q", got)
	}
}

// TestManyFirstSendsUploadOnce: however many begin together, one uploads; when it fails, the next does.
func TestManyFirstSendsUploadOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		blocked []string
		uploads int32
		fail    int32
	}{
		"all well":  {uploads: 1},
		"all block": {blocked: []string{"1", "2", "3", "4", "5", "6", "7", "8"}, uploads: 8, fail: 8},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeeper(t)
			for _, user := range tt.blocked {
				k.blocked[user] = true
			}
			b := newBot(t, k.api, nil)
			var wg sync.WaitGroup
			var fail atomic.Int32
			for n := range 8 {
				wg.Go(func() {
					if _, err := b.Send(t.Context(), to(fmt.Sprint(n+1), "", bots.Photo{PNG: []byte("menu"), Shared: true})); err != nil {
						fail.Add(1)
					}
				})
			}
			wg.Wait()
			if k.uploads.Load() != tt.uploads || fail.Load() != tt.fail {
				t.Errorf("%d uploads and %d failures, want %d and %d", k.uploads.Load(), fail.Load(), tt.uploads, tt.fail)
			}
			if n := len(k.took()); n != 8 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// TestWaitingForAnUploadEnds: whoever waits for somebody else's upload when its time is up has sent nothing.
func TestWaitingForAnUploadEnds(t *testing.T) {
	a := newAPI(t)
	begun, finish := make(chan struct{}), make(chan struct{})
	a.on(func(_ call, w http.ResponseWriter) {
		close(begun)
		<-finish
		io.WriteString(w, `{"ok":true,"result":{"message_id":5,"photo":[{"file_id":"h"}]}}`)
	})
	b := newBot(t, a, nil)
	shared := bots.Photo{PNG: []byte("menu"), Shared: true}
	first := make(chan error, 1)
	go func() {
		_, err := b.Send(t.Context(), to("1", "", shared))
		first <- err
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() {
		_, err := b.Send(ctx, to("2", "", shared))
		second <- err
	}()
	cancel()
	var failed *bots.SendError
	if err := <-second; !errors.As(err, &failed) || failed.Outcome != bots.RetryAfter || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	close(finish)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if n := len(a.took()); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// TestUploadsAreForgotten: a bot remembers 32 pictures, those it used last.
func TestUploadsAreForgotten(t *testing.T) {
	k := newKeeper(t)
	b := newBot(t, k.api, nil)
	send := func(n int) string {
		t.Helper()
		if _, err := b.Send(t.Context(), to("1", "", bots.Photo{PNG: fmt.Append(nil, "picture ", n), Shared: true})); err != nil {
			t.Fatal(err)
		}
		return ways(k.took())
	}
	for n := range 32 {
		send(n)
	}
	if got := send(0); got != "handle-1" {
		t.Errorf("the first of 32 went as %s", got)
	}
	send(32) // in place of picture 1, which was used longest ago
	if got := send(0); got != "handle-1" {
		t.Errorf("a picture that is used was forgotten: %s", got)
	}
	if got := send(1); got != "upload" {
		t.Errorf("the 33rd picture was remembered too: %s", got)
	}
	if other := newBot(t, k.api, func(c *telegram.Config) { c.Token = testToken }); other != nil {
		if _, err := other.Send(t.Context(), to("1", "", bots.Photo{PNG: []byte("picture 0"), Shared: true})); err != nil {
			t.Fatal(err)
		}
		if got := ways(k.took()); got != "upload" {
			t.Errorf("one bot knows what another uploaded: %s", got)
		}
	}
}
