CREATE TABLE "authors" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL
);
CREATE TABLE "posts" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "author_id" INTEGER NOT NULL,
    "title" TEXT NOT NULL DEFAULT 'a; b',
    CONSTRAINT "posts_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "authors" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "posts_author_id_idx" ON "posts"("author_id");
CREATE TRIGGER posts_trim AFTER INSERT ON posts BEGIN
  UPDATE posts SET title = trim(title) WHERE id = new.id;
  UPDATE authors SET name = trim(name) WHERE id = new.author_id;
END;
