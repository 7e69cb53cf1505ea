// Write cassettes of go-vcr 3, of bodies that Go unpacked, and 4, of packed ones: go run . FOLDER TOKEN URL…
package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"

	v3 "gopkg.in/dnaeon/go-vcr.v3/recorder"
	v4 "gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func record(transport http.RoundTripper, encoding string) {
	for _, url := range os.Args[3:] {
		request, err := http.NewRequest("GET", url, nil)
		check(err)
		request.Header.Set("Authorization", "Bearer "+os.Args[2])
		if encoding != "" {
			request.Header.Set("Accept-Encoding", encoding)
		}
		response, err := (&http.Client{Transport: transport}).Do(request)
		check(err)
		_, err = io.Copy(io.Discard, response.Body)
		check(err)
		response.Body.Close()
	}
}

func main() {
	older, err := v3.NewWithOptions(&v3.Options{CassetteName: filepath.Join(os.Args[1], "govcr-3"), Mode: v3.ModeRecordOnly})
	check(err)
	record(older, "")
	check(older.Stop())
	newer, err := v4.New(filepath.Join(os.Args[1], "govcr-4"), v4.WithMode(v4.ModeRecordOnly))
	check(err)
	record(newer, "gzip")
	check(newer.Stop())
}
