package school.lectern.auth.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;

/**
 * The asynchronous state of a request whose token code must not see: the container's returns its own request.
 *
 * @param inner the container's
 * @param shown the request without its token
 */
record AsyncContextWithoutCredential(AsyncContext inner, RequestWithoutCredential shown) implements AsyncContext {

    /** A request that the application itself has passed to {@code startAsync} wraps the shown one, and is returned as it is. */
    @Override
    public ServletRequest getRequest() {
        ServletRequest request = inner.getRequest();
        return inner.hasOriginalRequestAndResponse() ? shown : request;
    }

    @Override
    public ServletResponse getResponse() {
        return inner.getResponse();
    }

    @Override
    public boolean hasOriginalRequestAndResponse() {
        return inner.hasOriginalRequestAndResponse();
    }

    @Override
    public void dispatch() {
        inner.dispatch();
    }

    @Override
    public void dispatch(String path) {
        inner.dispatch(path);
    }

    @Override
    public void dispatch(ServletContext context, String path) {
        inner.dispatch(context, path);
    }

    @Override
    public void complete() {
        inner.complete();
    }

    @Override
    public void start(Runnable run) {
        inner.start(run);
    }

    @Override
    public void addListener(AsyncListener listener) {
        inner.addListener(listener);
    }

    @Override
    public void addListener(AsyncListener listener, ServletRequest request, ServletResponse response) {
        inner.addListener(listener, request, response);
    }

    @Override
    public <T extends AsyncListener> T createListener(Class<T> type) throws ServletException {
        return inner.createListener(type);
    }

    @Override
    public void setTimeout(long timeout) {
        inner.setTimeout(timeout);
    }

    @Override
    public long getTimeout() {
        return inner.getTimeout();
    }

    /** Does not contain the request, which may contain a secret. */
    @Override
    public String toString() {
        return "AsyncContextWithoutCredential";
    }
}
