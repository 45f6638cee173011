package talk

import (
	"context"
	"net/url"
	"time"

	"kartka/engine"
)

// Login is the address of a page that signs a browser in as the person, once, until it ends.
type Login struct {
	Link  string
	Until time.Time
}

// Login describes the making of a link that leads a browser to a page of the Mini App, named as [View.AppPage] has it. Repeating the deed makes another
// one; the first just runs out.
func (v View) Login(page string, then func(View, Login, error) Output) Output {
	return v.Call(Do(func(ctx context.Context, e *engine.Engine, _ string) (Login, error) {
		token, until, err := e.IssueLogin(ctx, v.Program.ID, v.Contact.ID)
		if err != nil {
			return Login{}, err
		}
		link := v.AppPage("in/" + token)
		if page != "" {
			link += "?to=" + url.QueryEscape(page)
		}
		return Login{Link: link, Until: until}, nil
	}, then))
}
