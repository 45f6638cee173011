package campaign

import (
	"net/url"
	"strings"
	"unicode"
)

// linkProblem is the id of what is wrong with the address of a page that guests are sent to, "" when nothing is.
func linkProblem(address string) string {
	if len(address) > MaxURL {
		return ProblemLinkLong
	}
	if strings.ContainsFunc(address, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune(`{}<>"\`, c)
	}) {
		return ProblemLink
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return ProblemLink
	case u.User != nil:
		return ProblemLinkLogin
	case u.Scheme == "http" && u.Hostname() != "":
		return ProblemLinkPlain
	case u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" || strings.HasPrefix(u.Host, "."):
		return ProblemLink
	}
	return ""
}
