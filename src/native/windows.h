/* What windows.cc adds to the addon; see there. */
#ifndef CHUNKWISE_WINDOWS_H
#define CHUNKWISE_WINDOWS_H

#include <node_api.h>

napi_value mapWindow(napi_env env, napi_callback_info info);
napi_value checkWindow(napi_env env, napi_callback_info info);
napi_value unmapWindow(napi_env env, napi_callback_info info);
napi_value readMany(napi_env env, napi_callback_info info);

/* Forgets the windows of a thread when it ends. */
void watchThread(napi_env env);

#endif
