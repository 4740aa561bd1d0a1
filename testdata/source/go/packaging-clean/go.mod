module example.com/packaging-clean

go 1.26
