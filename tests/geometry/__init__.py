"""Tests of shapes, distances and sampling."""
