package miniapp

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"kartka/engine"
)

// serve has a lobby's pages served over HTTP, with changes told by its news.
func (l *lobby) serve() *httptest.Server {
	l.t.Helper()
	listening := make(chan struct{})
	l.app.Watch = func(ctx context.Context) (<-chan string, error) {
		told := make(chan string)
		go func() {
			defer close(told)
			told <- "the first, which is taken once everybody has been told to look"
			close(listening)
			for {
				select {
				case <-ctx.Done():
					return
				case change := <-l.news:
					told <- change
				}
			}
		}()
		return told, nil
	}
	ctx, stop := context.WithCancel(l.t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		l.app.Run(ctx)
	}()
	<-listening
	server := httptest.NewServer(l.app)
	l.t.Cleanup(func() {
		l.app.Close()
		server.Close()
		stop()
		<-over
	})
	return server
}

// stream is an open page that hears of changes.
type stream struct {
	lines *bufio.Reader
	close func()
}

func (l *lobby) listen(server *httptest.Server, token string, change ...func(*http.Request)) *stream {
	l.t.Helper()
	answer := l.ask(server, token, change...)
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") || answer.Header.Get("Cache-Control") != "no-store" {
		l.t.Fatalf("no stream: %s, %v", answer.Status, answer.Header)
	}
	s := &stream{lines: bufio.NewReader(answer.Body), close: func() { _ = answer.Body.Close() }}
	if first := s.next(l.t); first != "retry: 2000" {
		l.t.Fatalf("a stream begins with %q", first)
	}
	return s
}

// ask asks for a stream.
func (l *lobby) ask(server *httptest.Server, token string, change ...func(*http.Request)) *http.Response {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), "GET", server.URL+"/app/kava/live", nil)
	l.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	for _, f := range change {
		f(r)
	}
	answer, err := http.DefaultClient.Do(r)
	l.must(err)
	l.t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// next is the next event of a stream; "" when it has ended.
func (s *stream) next(t testing.TB) string {
	t.Helper()
	var event []string
	for {
		line, err := s.lines.ReadString('\n')
		switch line = strings.TrimSuffix(line, "\n"); {
		case err == io.EOF && line == "":
			return ""
		case err != nil:
			t.Fatalf("the stream broke: %v", err)
		case line == "" && len(event) > 0:
			return strings.Join(event, "\n")
		case line != "":
			event = append(event, line)
		}
	}
}

const changed = "event: card\ndata: changed"

func TestStreamsHearOfChanges(t *testing.T) {
	l := newLobby(t)
	mine, _ := l.guest(l.kava, "11")
	theirs, _ := l.guest(l.kava, "12")
	server := l.serve()
	first := l.listen(server, l.session(l.kava, kavaToken, "11"))
	second := l.listen(server, l.session(l.kava, kavaToken, "11"))
	other := l.listen(server, l.session(l.kava, kavaToken, "12"))

	l.news <- Watched(l.kava.ID, mine.ID)
	for _, s := range []*stream{first, second} {
		if got := s.next(t); got != changed {
			t.Errorf("heard %q", got)
		}
	}
	// The other guest, and the same id in another shop, hear nothing of it: what they hear next is the end.
	l.news <- Watched(l.other.ID, theirs.ID)
	l.news <- "nonsense"
	l.news <- Watched(l.kava.ID, mine.ID)
	if got := first.next(t); got != changed {
		t.Errorf("heard %q", got)
	}
	l.app.Close()
	l.app.Close() // again does no harm
	if got := other.next(t); got != "" {
		t.Errorf("another guest heard %q", got)
	}
	if got := first.next(t); got != "" {
		t.Errorf("after the end: %q", got)
	}
	l.await(func() bool { return len(l.app.hub.watchers()) == 0 })
}

// A page says what it shows when it begins to listen, and hears at once of what has happened since it was written: nothing falls between.
func TestStreamsTellWhatWasMissed(t *testing.T) {
	l := newLobby(t)
	mine, _ := l.guest(l.kava, "11")
	server := l.serve()
	token := l.session(l.kava, kavaToken, "11")
	_, err := l.engine.Adjust(t.Context(), engine.AdjustInput{Key: "gift", ProgramID: l.kava.ID, MemberID: mine.ID, Points: 1000, Note: "test"})
	l.must(err)
	sale := engine.SaleInput{ProgramID: l.kava.ID, MemberID: mine.ID, Sum: 10000}
	sell := func() {
		t.Helper()
		_, err := l.engine.Post(t.Context(), engine.PostInput{Key: l.engine.NewID(), Sale: sale})
		l.must(err)
	}
	painted := func(page string) string {
		t.Helper()
		w := l.want(http.StatusOK, "GET", "/app/kava/"+page, "", bearer(token))
		m := regexp.MustCompile(` data-live="([^"]+)"`).FindStringSubmatch(w.Body.String())
		if m == nil {
			t.Fatalf("the page %q does not say what it shows: %s", page, w.Body)
		}
		return m[1]
	}
	pulse := func() string {
		t.Helper()
		return l.want(http.StatusOK, "GET", "/app/kava/pulse", "", bearer(token)).Header().Get(seenHeader)
	}
	seen := painted("")
	if other := painted("history"); other != seen || pulse() != seen {
		t.Errorf("marks of one card: %q, %q, %q", seen, other, pulse())
	}
	sell() // before the page listens
	if got := l.listen(server, token, header(seenHeader, seen)).next(t); got != changed {
		t.Errorf("heard %q", got)
	}
	// What is up to date hears nothing but the next change.
	fresh := pulse()
	if fresh == seen {
		t.Error("a sale leaves the mark as it was")
	}
	current, silent := l.listen(server, token, header(seenHeader, fresh)), l.listen(server, token)
	// The question of a cashier is on the page too.
	sale.Redeem = 10
	_, err = l.engine.Reserve(t.Context(), engine.ReserveInput{Key: "hold", Sale: sale, Ask: true, Page: true})
	l.must(err)
	asked := pulse()
	if asked == fresh {
		t.Error("a question leaves the mark as it was")
	}
	l.pass(5 * time.Second)
	if pulse() != asked {
		t.Error("the seconds that pass are taken for a change")
	}
	l.news <- Watched(l.kava.ID, mine.ID)
	for _, s := range []*stream{current, silent} {
		if got := s.next(t); got != changed {
			t.Errorf("heard %q", got)
		}
	}
	l.app.Close()
	for _, s := range []*stream{current, silent} {
		if got := s.next(t); got != "" {
			t.Errorf("heard %q once more", got)
		}
	}
}

// A stream ends with its session, so that nobody hears on who may not come back.
func TestStreamsEndWithTheSession(t *testing.T) {
	l := newLobby(t)
	_, contact := l.guest(l.kava, "11")
	server := l.serve()
	s := newSession(l.kava.ID, contact.Address, false, l.now())
	s.Began = l.now().Add(-appLongest).Unix()
	s.Ends = l.now().Add(time.Second).Unix() // and cannot be prolonged
	token, err := s.seal(l.kava)
	l.must(err)
	if got := l.listen(server, token).next(t); got != "" {
		t.Errorf("heard %q", got)
	}
}

// A page that was closed is not told any more, and one card is not watched by any number of pages.
func TestStreamsAreCounted(t *testing.T) {
	l := newLobby(t)
	l.guest(l.kava, "11")
	server := l.serve()
	token := l.session(l.kava, kavaToken, "11")
	var open []*stream
	for range mostPages {
		open = append(open, l.listen(server, token))
	}
	if answer := l.ask(server, token); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("one page more: %s", answer.Status)
	}
	open[0].close()
	l.await(func() bool { return l.app.hub.watchers()[0] == mostPages-1 })
	l.listen(server, token)
}

// await looks until something is so.
func (l *lobby) await(so func() bool) {
	l.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(30 * time.Second); !so(); {
		select {
		case <-late:
			l.t.Fatal("it does not come about")
		case <-tick.C:
		}
	}
}

// watchers are the numbers of pages of each card that is watched.
func (h *hub) watchers() (numbers []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, pages := range h.watching {
		numbers = append(numbers, len(pages))
	}
	return numbers
}

// Streams of the measurement, and what they may cost together.
const (
	manyStreams = 1000
	mostMemory  = 50 << 20
)

// manyTokens are sessions of as many guests as so many streams need.
func (l *lobby) manyTokens(streams int) []string {
	var tokens []string
	for i := range (streams + mostPages - 1) / mostPages {
		user := fmt.Sprint(10 + i)
		_, contact := l.guest(l.kava, user)
		s := newSession(l.kava.ID, contact.Address, false, l.now())
		token, err := s.seal(l.kava)
		l.must(err)
		tokens = append(tokens, token)
	}
	return tokens
}

// openMany opens streams over bare connections, which cost the side of the client next to nothing, and returns what they have added to heap and
// stacks of this process, both sides together.
func (l *lobby) openMany(streams int) (memory int64, done func()) {
	l.t.Helper()
	server := httptest.NewServer(l.app)
	tokens := l.manyTokens(streams)
	first := make([]byte, 4096)
	connect := func(i int) net.Conn {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		l.must(err)
		_, err = fmt.Fprintf(c, "GET /app/kava/live HTTP/1.1\r\nHost: kava.example\r\nAuthorization: Bearer %s\r\n\r\n", tokens[i/mostPages])
		l.must(err)
		var read int
		for !strings.Contains(string(first[:read]), "retry:") {
			n, err := c.Read(first[read:])
			l.must(err)
			read += n
		}
		return c
	}
	warm := connect(0) // what the first call of all makes for ever
	before := inUse()
	all := make([]net.Conn, 0, streams)
	for i := range streams - 1 {
		all = append(all, connect(i+1))
	}
	memory = inUse() - before
	return memory, func() {
		for _, c := range append(all, warm) {
			_ = c.Close()
		}
		server.CloseClientConnections()
		server.Close()
	}
}

func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

func TestManyStreamsAreCheap(t *testing.T) {
	l := newLobby(t)
	memory, done := l.openMany(manyStreams)
	defer done()
	open := 0
	for _, n := range l.app.hub.watchers() {
		open += n
	}
	if open != manyStreams {
		t.Errorf("%d streams are open, want %d", open, manyStreams)
	}
	t.Logf("%d streams: %.1f MB", manyStreams, float64(memory)/(1<<20))
	if memory > mostMemory {
		t.Errorf("%d streams cost %.1f MB, client and server together", manyStreams, float64(memory)/(1<<20))
	}
}

func BenchmarkStreams(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		l := newLobby(b)
		b.StartTimer()
		memory, done := l.openMany(manyStreams)
		b.ReportMetric(float64(memory)/(1<<20), "MB/1000streams")
		b.StopTimer()
		done()
		b.StartTimer()
	}
}
