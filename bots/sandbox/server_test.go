package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"kartka/bots/sandbox"
	"kartka/bots/sandbox/telegram"
)

// room is a running sandbox with a driver.
type room struct {
	server *sandbox.Server
	web    *httptest.Server
	driver *sandbox.Driver
	bot    telegram.Bot
}

func newRoom(t *testing.T, cfg sandbox.Config) *room {
	t.Helper()
	r := &room{server: sandbox.New(cfg)}
	r.web = httptest.NewServer(r.server)
	t.Cleanup(r.web.Close)
	t.Cleanup(r.server.Close)
	r.driver = sandbox.NewDriver(r.web.URL+"/", r.web.Client())
	var err error
	r.bot, err = r.driver.CreateBot(t.Context(), telegram.BotSpec{Username: "kava_bot", Name: "Кава"})
	check(t, err)
	return r
}

func (r *room) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	resp, err := r.web.Client().Get(r.web.URL + path)
	check(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	return resp, string(body)
}

// api calls a method of the bot and returns the message it made.
func (r *room) api(t *testing.T, method string, params map[string]any) telegram.Message {
	t.Helper()
	body, err := json.Marshal(params)
	check(t, err)
	resp, err := r.web.Client().Post(r.web.URL+"/sandbox/telegram/bot"+r.bot.Token+"/"+method, "application/json", bytes.NewReader(body))
	check(t, err)
	defer resp.Body.Close()
	var out struct {
		OK          bool             `json:"ok"`
		Description string           `json:"description"`
		Result      telegram.Message `json:"result"`
	}
	check(t, json.NewDecoder(resp.Body).Decode(&out))
	if !out.OK {
		t.Fatalf("%s: %s", method, out.Description)
	}
	return out.Result
}

func TestPageIsStrict(t *testing.T) {
	r := newRoom(t, sandbox.Config{})
	anna, err := r.driver.NewUser(t.Context(), telegram.Person{FirstName: `Анна "<b>"`}, "")
	check(t, err)
	_, err = r.driver.NewUser(t.Context(), telegram.Person{FirstName: "Hidden"}, "")
	check(t, err)
	_, err = r.driver.NewUser(t.Context(), telegram.Person{FirstName: "Added", Shown: true}, "")
	check(t, err)
	r.server.SetPersonas([]sandbox.Persona{{User: anna.User(), Title: "Guest", Hint: "Press Start.", Bot: "kava_bot", Payload: "table_5"}})
	resp, body := r.get(t, "/sandbox/")
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if strings.Contains(body, r.bot.Token) {
		t.Error("the page tells the bot's token")
	}
	doc, err := html.Parse(strings.NewReader(body))
	check(t, err)
	ids := map[string]bool{}
	var labels, referred []string
	phones := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" {
			t.Errorf("inline <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("inline %s on <%s>", a.Key, n.Data)
			}
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("id %q is there twice", a.Val)
				}
				ids[a.Val] = true
			}
			if a.Key == "for" || a.Key == "aria-controls" || a.Key == "aria-labelledby" {
				referred = append(referred, a.Val)
			}
		}
		switch {
		case n.Data == "section":
			phones++
			labels = append(labels, attr(n, "aria-label"))
		case n.Data == "button" && strings.TrimSpace(textOf(n)) == "" && attr(n, "aria-label") == "":
			t.Error("a button without a name")
		case n.Data == "img" && attr(n, "alt") == "":
			t.Error("an image without a text")
		}
	}
	for _, id := range referred {
		if !ids[id] {
			t.Errorf("nothing has the id %q", id)
		}
	}
	if phones != 2 || labels[0] != `Guest: Анна "<b>"` || labels[1] != "Person: Added" {
		t.Errorf("%d phones: %q", phones, labels)
	}
	var themes map[string]telegram.Theme
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "body" {
			check(t, json.Unmarshal([]byte(attr(n, "data-themes")), &themes))
		}
	}
	if !cmp.Equal(themes, telegram.Themes()) {
		t.Errorf("the page has the themes %v", themes)
	}
	if !strings.Contains(body, "Press Start.") || !strings.Contains(body, `data-payload="table_5"`) {
		t.Error("the persona's hint or payload is missing")
	}
	for _, asset := range regexp.MustCompile(`/sandbox/assets/[^"]+`).FindAllString(body, -1) {
		resp, content := r.get(t, asset)
		if resp.StatusCode != 200 || len(content) == 0 || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d, %d bytes", asset, resp.StatusCode, len(content))
		}
	}
	if resp, _ := r.get(t, "/sandbox/nothing"); resp.StatusCode != 404 {
		t.Errorf("a page that is not there: %d", resp.StatusCode)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var out strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			out.WriteString(c.Data)
		}
	}
	return out.String()
}

// Every route the description lists exists, and every text of the page and the description does too.
func TestAPIDescribesItself(t *testing.T) {
	r := newRoom(t, sandbox.Config{})
	resp, body := r.get(t, "/sandbox/api/")
	var doc struct {
		About  string `json:"about"`
		Routes []struct {
			Method, Path, What string
			Example            any
		} `json:"routes"`
	}
	check(t, json.Unmarshal([]byte(body), &doc))
	if resp.StatusCode != 200 || len(doc.Routes) < 30 || doc.About == "" {
		t.Fatalf("%d, %d routes", resp.StatusCode, len(doc.Routes))
	}
	for _, route := range doc.Routes {
		if strings.HasPrefix(route.What, "api_") || route.What == "" {
			t.Errorf("%s %s has no text: %q", route.Method, route.Path, route.What)
		}
		if route.Method == http.MethodGet {
			query, _ := route.Example.(string)
			// Nobody is there yet, but the route is: the error is the sandbox's own.
			if _, body := r.get(t, route.Path+strings.ReplaceAll(query, "wait=25", "wait=0")); !json.Valid([]byte(body)) {
				t.Errorf("GET %s: %s", route.Path, body)
			}
			continue
		}
		example, err := json.Marshal(route.Example)
		check(t, err)
		resp, err := r.web.Client().Post(r.web.URL+route.Path, "application/json", bytes.NewReader(example))
		check(t, err)
		answer, err := io.ReadAll(resp.Body)
		check(t, err)
		resp.Body.Close()
		if !json.Valid(answer) || bytes.Contains(answer, []byte("read request")) {
			t.Errorf("POST %s %s: %s", route.Path, example, answer)
		}
	}
}

func TestAPIRefuses(t *testing.T) {
	r := newRoom(t, sandbox.Config{})
	post := func(kind, origin, body string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.web.URL+"/sandbox/api/telegram/users", strings.NewReader(body))
		check(t, err)
		req.Header.Set("Content-Type", kind)
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		resp, err := r.web.Client().Do(req)
		check(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	const good = `{"first_name":"A"}`
	for name, c := range map[string]struct {
		kind, origin, body string
		want               int
	}{
		"good":            {"application/json", "", good, 200},
		"another site":    {"application/json", "https://evil.example", good, 403},
		"a plain form":    {"text/plain", "", good, 400},
		"an unknown word": {"application/json", "", `{"first_name":"A","surname":"B"}`, 400},
		"half a body":     {"application/json", "", `{"first_name"`, 400},
	} {
		if got := post(c.kind, c.origin, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if resp, _ := r.get(t, "/sandbox/api/telegram/chat?user=5"); resp.StatusCode != 404 {
		t.Errorf("a chat of nobody: %d", resp.StatusCode)
	}
	if resp, _ := r.get(t, "/sandbox/api/telegram/files/99"); resp.StatusCode != 404 {
		t.Errorf("a file that is not there: %d", resp.StatusCode)
	}
}

func TestFilesAreServedSafely(t *testing.T) {
	r := newRoom(t, sandbox.Config{})
	anna, err := r.driver.NewUser(t.Context(), telegram.Person{FirstName: "Anna"}, "")
	check(t, err)
	check(t, anna.Start(t.Context(), ""))
	w := connectGoTelegram(t, r.web.URL+"/sandbox/telegram", r.bot.Token)
	_, err = w.photo(t.Context(), anna.User(), blankPNG(t, 50, 50), "", nil)
	check(t, err)
	_, err = w.document(t.Context(), anna.User(), "page.html", []byte("<script>alert(1)</script>"))
	check(t, err)
	if resp, _ := r.get(t, "/sandbox/api/telegram/files/1"); resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("a photo is served as %q", resp.Header.Get("Content-Type"))
	}
	resp, _ := r.get(t, "/sandbox/api/telegram/files/2")
	if resp.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a page is served as %q, %q", resp.Header.Get("Content-Type"), resp.Header.Get("Content-Disposition"))
	}
}

// What a person sends is on the screen and is heard by the bot; a picture that the bot sends by its
// handle is the same file.
func TestDriverWritesMessages(t *testing.T) {
	r := newRoom(t, sandbox.Config{})
	ctx := t.Context()
	other, err := r.driver.CreateBot(ctx, telegram.BotSpec{Username: "other_bot", Name: "Other"})
	check(t, err)
	anna, err := r.driver.NewUser(ctx, telegram.Person{FirstName: "Anna"}, "kava_bot")
	check(t, err)
	elsewhere := r.driver.Phone(anna.User(), "other_bot")
	check(t, anna.Start(ctx, ""))
	check(t, elsewhere.Start(ctx, ""))
	data := blankPNG(t, 1500, 900)
	id, err := anna.Picture(ctx, telegram.Picture{Data: data, Caption: "<b>Menu</b>", HTML: true})
	check(t, err)
	m, _, err := anna.LastMessage(ctx)
	if err != nil || m.ID != id || m.From != "me" || m.Kind != "photo" || m.Text != "Menu" || len(m.Entities) != 1 {
		t.Fatalf("sent %+v, %v", m, err)
	}
	if resp, body := r.get(t, "/sandbox/api/telegram/files/"+strconv.FormatInt(m.Photo.File, 10)); resp.Header.Get("Content-Type") != "image/png" || body != string(data) {
		t.Errorf("the page shows %q, %d bytes", resp.Header.Get("Content-Type"), len(body))
	}
	_, err = elsewhere.Forward(ctx, anna, id)
	check(t, err)
	r.bot = other
	shown := r.api(t, "sendPhoto", map[string]any{"chat_id": anna.User(), "photo": lastPhoto(t, r)})
	if m, _, err = elsewhere.LastMessage(ctx); err != nil || m.ID != shown.MessageID || m.From != "bot" {
		t.Fatalf("the other bot shows %+v, %v", m, err)
	}
	if _, body := r.get(t, "/sandbox/api/telegram/files/"+strconv.FormatInt(m.Photo.File, 10)); body != string(data) {
		t.Error("the page shows another picture for a handle")
	}
	if _, err := anna.Formatted(ctx, "<b>half"); err == nil || !strings.Contains(err.Error(), "can't parse entities") {
		t.Errorf("broken formatting: %v", err)
	}
	bob, err := r.driver.NewUser(ctx, telegram.Person{FirstName: "Bob"}, "kava_bot")
	check(t, err)
	if _, err := anna.Forward(ctx, bob, 1); err == nil {
		t.Error("Anna forwards from Bob's phone")
	}
}

// lastPhoto is the handle of the photo in the newest update of the room's bot.
func lastPhoto(t *testing.T, r *room) string {
	t.Helper()
	resp, body := r.get(t, "/sandbox/telegram/bot"+r.bot.Token+"/getUpdates")
	var out struct {
		Result []struct {
			Message telegram.Message `json:"message"`
		} `json:"result"`
	}
	check(t, json.Unmarshal([]byte(body), &out))
	if resp.StatusCode != 200 || len(out.Result) == 0 {
		t.Fatalf("updates: %s", body)
	}
	photo := out.Result[len(out.Result)-1].Message.Photo
	return photo[len(photo)-1].FileID
}

func TestDriverWaits(t *testing.T) {
	r := newRoom(t, sandbox.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	anna, err := r.driver.NewUser(ctx, telegram.Person{FirstName: "Anna"}, "kava_bot")
	check(t, err)
	check(t, anna.Start(ctx, "x"))

	found := make(chan telegram.MessageView, 1)
	go func() {
		m, err := anna.WaitText(ctx, "edited")
		if err != nil {
			t.Error(err)
		}
		found <- m
	}()
	sent := r.api(t, "sendMessage", map[string]any{"chat_id": anna.User(), "text": "first"})
	gone := r.api(t, "sendMessage", map[string]any{"chat_id": anna.User(), "text": "second"})
	if _, err := anna.WaitFor(ctx, func(v telegram.ChatView) bool { return len(v.Messages) == 3 }); err != nil {
		t.Fatal(err)
	}
	short := make(chan int, 1)
	go func() {
		v, err := anna.WaitFor(ctx, func(v telegram.ChatView) bool { return len(v.Messages) == 2 })
		if err != nil {
			t.Error(err)
		}
		short <- len(v.Messages)
	}()
	w := connectGoTelegram(t, r.web.URL+"/sandbox/telegram", r.bot.Token)
	check(t, w.remove(ctx, anna.User(), int(gone.MessageID)))
	if n := <-short; n != 2 {
		t.Errorf("%d messages after one was deleted", n)
	}
	check(t, w.editText(ctx, anna.User(), int(sent.MessageID), "edited", nil))
	if m := <-found; m.ID != sent.MessageID || m.Edits != 1 {
		t.Errorf("found %+v", m)
	}
	last, ok, err := anna.LastMessage(ctx)
	if err != nil || !ok || last.Text != "edited" {
		t.Errorf("last message %+v, %v, %v", last, ok, err)
	}

	ended, stop := context.WithCancel(ctx)
	stop()
	if _, err := anna.WaitText(ended, "never"); err == nil {
		t.Error("waiting went on after its context")
	}
}

func TestDriverArrangesTrouble(t *testing.T) {
	r := newRoom(t, sandbox.Config{})
	ctx := t.Context()
	anna, err := r.driver.NewUser(ctx, telegram.Person{FirstName: "Anna"}, "")
	check(t, err)
	check(t, anna.Start(ctx, ""))
	check(t, r.driver.Duplicate(ctx, "kava_bot", 0))
	_, err = r.driver.Inject(ctx, "", json.RawMessage(`{"new_kind":{}}`), 0)
	check(t, err)
	if n, err := r.driver.Pending(ctx, ""); err != nil || n != 3 {
		t.Errorf("%d pending, %v", n, err)
	}
	check(t, r.driver.Break(ctx, "", telegram.Fault{Method: "sendMessage", Kind: telegram.FaultError, Status: 403, Description: "Forbidden: test"}))
	w := connectGoTelegram(t, r.web.URL+"/sandbox/telegram", r.bot.Token)
	if _, err := w.text(ctx, anna.User(), "x", nil); err == nil || !strings.Contains(err.Error(), "Forbidden: test") {
		t.Errorf("the fault did not happen: %v", err)
	}
	check(t, r.driver.SetFlood(ctx, telegram.StrictFlood()))
	for range 4 {
		_, err = w.text(ctx, anna.User(), "x", nil)
	}
	if err == nil || !strings.Contains(err.Error(), "retry after 1") {
		t.Errorf("the limits did not hold: %v", err)
	}
	check(t, anna.Clear(ctx))
	check(t, anna.Block(ctx))
	check(t, anna.Unblock(ctx))
	group, err := anna.CreateGroup(ctx, "Staff")
	check(t, err)
	if _, err := group.Text(ctx, "hello"); err != nil {
		t.Error(err)
	}
	launch, err := anna.OpenApp(ctx, "https://example.com/app", telegram.LaunchMenu, "")
	if err != nil || !strings.HasPrefix(launch.URL, "https://example.com/app#tgWebAppData=query_id") {
		t.Errorf("launch %+v, %v", launch, err)
	}
	if launch, err = anna.OpenApp(ctx, "https://example.com/app", telegram.LaunchMenu, "", telegram.Look{Platform: "weba"}); err != nil || !strings.Contains(launch.URL, "&tgWebAppPlatform=weba&") {
		t.Errorf("launch %+v, %v", launch, err)
	}
	bob, err := r.driver.NewUser(ctx, telegram.Person{FirstName: "Bob"}, "")
	check(t, err)
	check(t, anna.PassOn(ctx, bob, "Come https://t.me/kava_bot?start=i_ab"))
	if m, _, err := bob.LastMessage(ctx); err != nil || m.Forwarded != "Anna" || m.Text != "Come https://t.me/kava_bot?start=i_ab" {
		t.Errorf("Bob sees %+v, %v", m, err)
	}
	calls, err := r.driver.Calls(ctx, 0, "sendMessage")
	if err != nil || len(calls) != 4 {
		t.Errorf("%d calls, %v", len(calls), err)
	}
	check(t, anna.Deactivate(ctx))
	if err := anna.Start(ctx, ""); err == nil || !strings.Contains(err.Error(), "the account is deleted") {
		t.Errorf("a deleted account: %v", err)
	}
}
