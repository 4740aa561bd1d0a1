module example.com/upload-clean

go 1.26
